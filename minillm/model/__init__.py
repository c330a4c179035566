"""MiniGPT and its generation."""
