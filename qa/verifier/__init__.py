"""The verifier: whether quotations support a sentence that a language model wrote; its weights, how they are made."""
