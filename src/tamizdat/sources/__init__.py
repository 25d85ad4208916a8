"""Where stories come from: one file for each kind behind one port."""
