"""Who may ask, and how: HTTP, pages, the command line. ``main`` holds the only wiring."""
