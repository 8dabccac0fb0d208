-- block.lua: takes a block of numbers. A script, so that a server at its memory limit gives them: it
-- looks at that before a script's first write, and the first one here needs no memory. What stands in
-- the queue can be answered then, and its entries go, which is what makes room.
-- ARGV: prefix, how many. Returns the last of them.
redis.call('HDEL', ARGV[1] .. ':meta', '-')
return redis.call('INCRBY', ARGV[1] .. ':seq', ARGV[2])
