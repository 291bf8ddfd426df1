"""Hardware profiles: airframes, radios, ports."""
