"""The portal's pages, a file for each kind of visitor's errand."""
