"""Work whose duration somebody's input decides, in processes that the kernel ends when it takes too long."""
