"""The listening side: connections, sessions, and what each request is answered with."""
