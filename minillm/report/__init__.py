"""What the stages found, for people: a page and a model card."""
