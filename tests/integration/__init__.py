"""Parts together: the daemon, HTTP servers, and the commands as processes."""
