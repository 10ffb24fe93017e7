/**
 * The scripts of the wheel, one per step. Each touches one partition, so one hash tag; each declares every key that it touches; each is
 * bounded by its arguments (ids ≤ 1,000, slots ≤ 1,000), because a script stops the whole server while it runs. What is due is decided by
 * the server's own TIME.
 *
 * Keys of a partition, all tagged {queue:partition}:
 *   state   hash  e epoch of the owner, c cursor, h horizon, f fed, g generation (absent while the overdue are being loaded)
 *   leases  zset  batch → end of its lease, ms
 *   slot    set   ids due by that second; a set of up to 512 integers is packed, 8 bytes each
 *   batch   set   ids that an owner has claimed
 */

/** Every owner script begins so. KEYS[1] state, ARGV[1] epoch. An older epoch, and a partition without state, change nothing. */
const AS_OWNER = `
local state = redis.call('HMGET', KEYS[1], 'e', 'c', 'h', 'f')
local epoch, cursor, horizon, fed = tonumber(state[1]), tonumber(state[2]), tonumber(state[3]), tonumber(state[4])
if epoch and epoch > tonumber(ARGV[1]) then return {'fenced'} end
if not epoch or not cursor or epoch < tonumber(ARGV[1]) then return {'lost'} end
`;

const NOW = `
local time = redis.call('TIME')
local second = tonumber(time[1])
local nowMs = second * 1000 + math.floor(tonumber(time[2]) / 1000)
`;

/** Groups of (slot, count, ids …) from ARGV[at] on; the key of group n is KEYS[first + n − 1]. Answers those that the cursor has passed. */
const PLACE = `
local function place(first, at, source)
  local passed = {}
  local key = first
  while at <= #ARGV do
    local slot, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
    for index = at + 2, at + 1 + count do
      local id = ARGV[index]
      if slot <= cursor then
        passed[#passed + 1] = id
      elseif not source then
        if slot <= horizon then redis.call('SADD', KEYS[key], id) end
      elseif slot <= horizon then
        redis.call('SMOVE', source, KEYS[key], id)
      else
        redis.call('SREM', source, id)
      end
    end
    at = at + 2 + count
    key = key + 1
  end
  return passed
end
`;

export const wheelScripts = {
  /** KEYS state, slots …; ARGV groups. Without state nothing is added: whoever rebuilds reads the store afterwards. */
  timerAdd: `
local state = redis.call('HMGET', KEYS[1], 'c', 'h')
local cursor, horizon = tonumber(state[1]), tonumber(state[2])
if not cursor then return {'ok', 0, {}} end
${PLACE}
return {'ok', cursor, place(2, 1, nil)}`,

  /** KEYS from; ARGV id. */
  timerRemove: `return {'ok', redis.call('SREM', KEYS[1], ARGV[1])}`,

  /** KEYS state, from, to; ARGV id, slot of to. */
  timerMove: `
redis.call('SREM', KEYS[2], ARGV[1])
local state = redis.call('HMGET', KEYS[1], 'c', 'h')
local cursor, horizon, slot = tonumber(state[1]), tonumber(state[2]), tonumber(ARGV[2])
if not cursor or slot > horizon then return {'ok', cursor or 0, {}} end
if slot <= cursor then return {'ok', cursor, {ARGV[1]}} end
redis.call('SADD', KEYS[3], ARGV[1])
return {'ok', cursor, {}}`,

  /** KEYS state; ARGV epoch. */
  timerAdopt: `
local state = redis.call('HMGET', KEYS[1], 'e', 'c', 'h', 'f', 'g')
if not state[2] then return {'none'} end
local epoch, mine = tonumber(state[1]), tonumber(ARGV[1])
if epoch and epoch > mine then return {'fenced'} end
if epoch ~= mine then redis.call('HSET', KEYS[1], 'e', ARGV[1]) end
${NOW}
return {'ok', tonumber(state[2]), tonumber(state[3]), tonumber(state[4]), state[5] and 1 or 0, nowMs}`,

  /** KEYS state; ARGV epoch, horizon in seconds. */
  timerOpen: `
local epoch = tonumber(redis.call('HGET', KEYS[1], 'e') or '0')
if epoch > tonumber(ARGV[1]) then return {'fenced'} end
${NOW}
redis.call('HSET', KEYS[1], 'e', ARGV[1])
redis.call('HSETNX', KEYS[1], 'c', second)
redis.call('HSETNX', KEYS[1], 'f', second)
redis.call('HSETNX', KEYS[1], 'h', second + tonumber(ARGV[2]))
local state = redis.call('HMGET', KEYS[1], 'c', 'h', 'f', 'g')
return {'ok', tonumber(state[1]), tonumber(state[2]), tonumber(state[3]), state[4] and 1 or 0, nowMs}`,

  /** KEYS state; ARGV epoch, generation. */
  timerFinish: `${AS_OWNER}
redis.call('HSET', KEYS[1], 'g', ARGV[2])
return {'ok'}`,

  /** KEYS state; ARGV epoch, horizon. */
  timerRaise: `${AS_OWNER}
if tonumber(ARGV[2]) > horizon then redis.call('HSET', KEYS[1], 'h', ARGV[2]) end
return {'ok'}`,

  /** KEYS state; ARGV epoch, slot. */
  timerMarkFed: `${AS_OWNER}
local slot = math.min(tonumber(ARGV[2]), horizon)
if slot > fed then redis.call('HSET', KEYS[1], 'f', slot) end
return {'ok'}`,

  /** KEYS state, slots …; ARGV epoch, groups. */
  timerLoad: `${AS_OWNER}${PLACE}
return {'ok', cursor, place(2, 2, nil)}`,

  /**
   * KEYS state, leases, batch, slots … in succession; ARGV epoch, batch, first slot, last slot that may be touched, limit, lease ms.
   * A slot of up to `limit` ids becomes the batch by RENAME, which moves nothing; a larger one is taken from piece by piece.
   */
  timerClaim: `${AS_OWNER}${NOW}
local at, limit = cursor, tonumber(ARGV[5])
local last = math.min(second, fed, tonumber(ARGV[4]))
if tonumber(ARGV[3]) ~= cursor + 1 or redis.call('EXISTS', KEYS[3]) == 1 then return {'ok', {}, 0, cursor, nowMs} end
local ids, slot = {}, 0
for index = 4, #KEYS do
  if at >= last then break end
  local size = redis.call('SCARD', KEYS[index])
  if size > 0 then
    slot = at + 1
    if size <= limit then
      redis.call('RENAME', KEYS[index], KEYS[3])
      ids = redis.call('SMEMBERS', KEYS[3])
      at = slot
    else
      ids = redis.call('SPOP', KEYS[index], limit)
      redis.call('SADD', KEYS[3], unpack(ids))
    end
    redis.call('ZADD', KEYS[2], nowMs + tonumber(ARGV[6]), ARGV[2])
    break
  end
  at = at + 1
end
if at ~= cursor then redis.call('HSET', KEYS[1], 'c', at) end
return {'ok', ids, slot, at, nowMs}`,

  /** KEYS state, leases, batch; ARGV epoch, batch. */
  timerAck: `${AS_OWNER}
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('UNLINK', KEYS[3])
return {'ok'}`,

  /** KEYS state, leases, batch, slots …; ARGV epoch, batch, groups. */
  timerNack: `${AS_OWNER}${PLACE}
local passed = place(4, 3, KEYS[3])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('ZREM', KEYS[2], ARGV[2]) end
return {'ok', cursor, passed}`,

  /** KEYS state, leases; ARGV epoch, batch, lease ms. */
  timerExtend: `${AS_OWNER}${NOW}
redis.call('ZADD', KEYS[2], 'XX', nowMs + tonumber(ARGV[3]), ARGV[2])
return {'ok'}`,

  /** KEYS state, leases; ARGV epoch, prefix of this epoch's batches, limit. */
  timerAbandoned: `${AS_OWNER}${NOW}
local held, found = redis.call('ZRANGE', KEYS[2], 0, tonumber(ARGV[3]) - 1, 'WITHSCORES'), {}
for index = 1, #held, 2 do
  local isOurs = string.sub(held[index], 1, #ARGV[2]) == ARGV[2]
  if not isOurs or tonumber(held[index + 1]) <= nowMs then found[#found + 1] = held[index] end
end
return {'ok', found}`,

  /** KEYS state, leases, abandoned batch, new batch; ARGV epoch, abandoned, new, lease ms. */
  timerReap: `${AS_OWNER}${NOW}
redis.call('ZREM', KEYS[2], ARGV[2])
if redis.call('EXISTS', KEYS[3]) == 0 or redis.call('EXISTS', KEYS[4]) == 1 then return {'ok', {}} end
redis.call('RENAME', KEYS[3], KEYS[4])
redis.call('ZADD', KEYS[2], nowMs + tonumber(ARGV[4]), ARGV[3])
return {'ok', redis.call('SMEMBERS', KEYS[4])}`,

  /** KEYS state, leases. For whoever only looks: takes no epoch and changes nothing. */
  timerSurvey: `
local state = redis.call('HMGET', KEYS[1], 'e', 'c', 'h', 'f', 'g')
if not state[2] then return {'none'} end
${NOW}
local batches = redis.call('ZRANGE', KEYS[2], 0, -1)
return {'ok', tonumber(state[1]), tonumber(state[2]), tonumber(state[3]), tonumber(state[4]), state[5] and 1 or 0, nowMs, batches}`,
} as const;

export type WheelScript = keyof typeof wheelScripts;
