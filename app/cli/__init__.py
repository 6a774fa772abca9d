"""The sub-commands: parse, call services, write JSON to standard output."""
