"""What a broker tells of the queues that it holds. Asking it takes no message, and makes no queue.

held        what is known of one queue
broker      asks the broker of one app, whichever that is
amqp        RabbitMQ, by passive declarations
virtual     what kombu makes of stores that are no brokers: Redis, folders, tables, SQS
management  RabbitMQ's management API, where its address is given
delayed     what RabbitMQ holds back for Celery until its time
"""
