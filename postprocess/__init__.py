"""The pure core: raw outputs -> poses -> tracks -> alerts, as functions over arrays."""
