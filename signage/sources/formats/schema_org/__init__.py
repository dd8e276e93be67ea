"""Read schema.org data out of web pages: JSON-LD scripts and microdata, and the events among it. Pure."""
