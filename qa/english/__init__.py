"""What knows English: kinds of question, values, what a sentence refers to. Rules over words, no model."""
