"""Small programs around the pipeline, called by the Makefile."""
