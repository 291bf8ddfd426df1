"""Feeds that tell of other aircraft: a receiver's BaseStation port, and dump1090's or readsb's aircraft.json."""
