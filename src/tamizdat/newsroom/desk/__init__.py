"""The publication desk: whether the news gets out, and what to do if it does not."""
