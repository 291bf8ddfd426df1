"""What each part of a screen says: scenes in, lines out. No Textual here; widgets/ draw the lines."""
