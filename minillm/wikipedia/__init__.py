"""Where articles come from: the article record and the dump reader."""
