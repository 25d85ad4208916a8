"""Pictures: everything that could betray a source or a reader is taken off before they are published."""
