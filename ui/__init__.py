"""The page and its server."""

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before gradio is imported: otherwise it looks up outside hosts
