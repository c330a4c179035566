"""What is particular to a language, a folder for each (docs/languages.md)."""
