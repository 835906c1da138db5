"""What a machine or an environment lacks for lakemesh to run, and how to get it; Spark is not started."""
