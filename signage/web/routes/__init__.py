"""The addresses of the server: what is published, what players exchange with it, and the pages for people."""
