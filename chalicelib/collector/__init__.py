"""The script: Datafly.js, built per pipeline, written to S3 and served from the CDN."""
