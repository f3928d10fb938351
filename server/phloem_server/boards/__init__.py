"""Small pictures of more than tasks: workers, queues, the schedule, the last hour."""
