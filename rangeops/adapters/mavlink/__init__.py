"""MAVLink: endpoints, framing, decoding, commands, transfers."""
