"""What the use cases need of the world: each a Protocol, with one adapter or more behind it."""
