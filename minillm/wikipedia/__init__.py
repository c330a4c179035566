"""Where articles come from: the article record, the dump reader and the API client."""
