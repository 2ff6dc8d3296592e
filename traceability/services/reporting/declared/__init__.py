"""Read what sites and authorities declared for a period: statistics, power, lines, emissions, and what they lack."""
