"""A trained model over HTTP: OpenAI's completions, and a page to play with."""
