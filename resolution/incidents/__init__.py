"""Reports that become incidents: one incident comes from several systems, with its sources."""
