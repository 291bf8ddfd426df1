"""Where everything is kept: one set of tables on any SQLAlchemy URL, behind the Store port."""
