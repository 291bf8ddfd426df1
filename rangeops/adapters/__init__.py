"""The world behind the ports: links, stores, formats, transports, reports."""
