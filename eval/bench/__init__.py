"""Side-by-side measurement and tuning on public data, which lies outside the project."""
