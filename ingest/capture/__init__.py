"""One camera, one reader that can be killed: a child process or a thread that shares a board and a ring with us."""
