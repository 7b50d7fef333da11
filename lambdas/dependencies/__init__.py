"""What a source needs: resolved, installed once, kept for the next job."""
