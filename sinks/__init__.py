"""Where results go: files, the store, pictures with skeletons, the live page."""
