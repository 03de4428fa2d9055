"""What the pages share: widgets, links, cached runs, frames and charts."""
