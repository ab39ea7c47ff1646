"""Coverage on foot: distances along the road network, beside the audited straight line and never as it."""
