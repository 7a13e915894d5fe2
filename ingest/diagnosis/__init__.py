"""Why a source gives no picture, layer by layer, and what it is like when it does."""
