"""What every transfer over the web goes through: the meter, the way out, and where a connection may lead."""
