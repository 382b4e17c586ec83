// The scripts that run in the engine. Each is one step there: nothing comes between what it reads and what it writes.
import { createHash } from 'node:crypto';
import { birthOrigin, birthRate } from '@cometkit/core/engine-kit';

/** A script and the name by which the engine knows it once it has run. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') };
}

// KEYS: meta, log. ARGV: candidate of an epoch, a tag, then the caller's epoch, position and tag; '' for who begins.
// The number at the beginning of an epoch is its life: the higher one is the later one.
const place = `
local meta, log = KEYS[1], KEYS[2]
local mine, at = ARGV[3], tonumber(ARGV[4])
local known = redis.call('HMGET', meta, 'epoch', 'last', 'tag', 'base', 'btag', 'keep')
local epoch, last, tag, base, btag = known[1], tonumber(known[2]), known[3], tonumber(known[4]), known[5]
local function text(number) return string.format('%.0f', number) end
local function id(number) return '1-' .. text(number) end
local function life(name) return name and tonumber(string.sub(name, 1, -8)) or 0 end
local function milliseconds()
  local now = redis.call('TIME')
  return now[1] * 1000 + math.floor(now[2] / 1000)
end
local function renew()
  local above = math.max(last or 0, at)
  local top = redis.call('XREVRANGE', log, '+', '-', 'COUNT', 1)[1]
  if top and string.sub(top[1], 1, 2) == '1-' then above = math.max(above, tonumber(string.sub(top[1], 3))) end
  epoch = text(math.max(life(epoch), life(mine)) + 1) .. ARGV[1]
  last = math.max(above + 1, (milliseconds() - ${birthOrigin}) * ${birthRate})
  tag, base, btag = ARGV[2], last, ARGV[2]
  redis.call('HSET', meta, 'epoch', epoch, 'last', text(last), 'tag', tag, 'base', text(base), 'btag', btag)
end
local function floor()
  if not (epoch and last and tag and base and btag) then renew()
  elseif mine == '' then return
  elseif life(mine) > life(epoch) or (mine ~= epoch and life(mine) == life(epoch)) then renew()
  elseif mine == epoch and at > last then renew() end
end
local function heal()
  repeat
    local above = redis.call('XRANGE', log, '(' .. id(last), '+', 'COUNT', 100)
    for _, entry in ipairs(above) do redis.call('XDEL', log, entry[1]) end
  until #above == 0
  if redis.call('EXISTS', log) == 0 then return end
  local set = redis.pcall('XSETID', log, id(last))
  if type(set) == 'table' and set.err then
    -- Valkey, and Redis above 7.0, do not go back behind what was deleted: the log is written anew.
    local kept = redis.call('XRANGE', log, '-', id(last))
    redis.call('DEL', log)
    for _, entry in ipairs(kept) do redis.call('XADD', log, entry[1], unpack(entry[2])) end
    if #kept > 0 then redis.call('XSETID', log, id(last)) end
  end
end
`;

/**
 * Appends a frame. KEYS: meta, log, and the memory of a key if there is one. ARGV: as for all, then node, seq, number of entries,
 * entries to keep (0: as many as the nodes have said), how long a key is known in ms, the frame.
 *
 * Who has not been told of the engine's present life is refused: what it has sent may be known to others.
 *
 * @returns epoch and first position of the frame, and 1 if it was there already, or 2 if it was refused.
 */
export const append: Script = script(`${place}
local node, seq, count, keep = 'n:' .. ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
if keep == 0 then keep = tonumber(known[6] or '12000') end
floor()
if mine ~= '' and mine ~= epoch then return {epoch, '0', 2} end
local had = redis.call('HGET', meta, node)
if had then
  local hadSeq, hadFirst, hadEpoch = string.match(had, '^(%d+) (%d+) (%w+)')
  if tonumber(hadSeq) == seq then return {hadEpoch, hadFirst, 1} end
  if tonumber(hadSeq) > seq then return {hadEpoch, '0', 1} end
end
local time = text(milliseconds())
local function note(first, of) return ARGV[7] .. ' ' .. first .. ' ' .. of .. ' ' .. time end
if KEYS[3] then
  local first, of = string.match(redis.call('GET', KEYS[3]) or '', '^(%d+) (%w+)')
  if first then
    redis.call('HSET', meta, node, note(first, of))
    return {of, first, 1}
  end
end
local function add(option)
  local head = table.concat({epoch, tag, ARGV[2], ARGV[6], ARGV[7], ARGV[8], time}, ' ')
  local values = {'MINID', '~', id(math.max(last + count - keep, 0)), id(last + count), 'h', head, 'f', ARGV[11]}
  if option then return redis.pcall('XADD', log, option, unpack(values)) end
  return redis.pcall('XADD', log, unpack(values))
end
local added = add(last > base and 'NOMKSTREAM' or nil)
if not added then
  renew()
  return {epoch, '0', 2}
end
if type(added) == 'table' and added.err and string.find(added.err, 'equal or smaller', 1, true) then
  heal()
  added = add()
end
if type(added) == 'table' and added.err then return added end
local first = text(last + 1)
redis.call('HSET', meta, 'last', text(last + count), 'tag', ARGV[2], node, note(first, epoch))
if KEYS[3] then redis.call('SET', KEYS[3], first .. ' ' .. epoch, 'PX', ARGV[10]) end
return {epoch, first, 0}
`);

/**
 * Compares the place of a reader with the log, and begins a new life when they cannot be of one history. KEYS: meta, log, lease.
 * ARGV: as for all, then how long the lease lives in ms, or 0, 1 if the reader has seen another history, and the entries that a node
 * wants to be kept, for those who append without being one.
 *
 * @returns epoch, last position and its tag, position and tag that the epoch began with, whether entries follow the reader's place, and
 * why the lease could not be written, or ''.
 */
export const look: Script = script(`${place}
local refusal = ''
if tonumber(ARGV[6]) > 0 then
  local leased = redis.pcall('SET', KEYS[3], '1', 'PX', ARGV[6])
  if leased.err then refusal = leased.err end
end
local function strange()
  if mine ~= epoch or at > last then return false end
  if ARGV[7] == '1' then return true end
  if ARGV[5] == '' then return false end
  if at == last then return ARGV[5] ~= tag end
  if at == base then return ARGV[5] ~= btag end
  local entry = redis.call('XRANGE', log, id(at), id(at))[1]
  local head = entry and string.match(entry[2][2] or '', '^%w+ %d+ (%d+) ')
  return head and head ~= ARGV[5]
end
if refusal == '' then
  floor()
  if tonumber(ARGV[6]) > 0 and known[6] ~= ARGV[8] then redis.call('HSET', meta, 'keep', ARGV[8]) end
  if mine ~= '' and strange() then renew()
  elseif last > base and redis.call('EXISTS', log) == 0 then renew() end
elseif not epoch then return {'', '0', '0', '0', '0', 0, refusal} end
local more = 0
if last > at then more = #redis.call('XRANGE', log, '(' .. id(at), id(last), 'COUNT', 1) end
return {epoch, text(last), tag, text(base), btag, more, refusal}
`);

/** Removes what somebody else has put behind the log's end. KEYS and ARGV: as for all. @returns the last position. */
export const heal: Script = script(`${place}
if not last then return '0' end
heal()
return text(last)
`);

/** Forgets the seqs of nodes that have been away for long. KEYS: meta, lock. ARGV: lock in ms, how long in ms. */
export const sweep: Script = script(`
if not redis.call('SET', KEYS[2], '1', 'NX', 'PX', ARGV[1]) then return 0 end
local now, swept, fields = redis.call('TIME')[1] * 1000, 0, redis.call('HGETALL', KEYS[1])
for at = 1, #fields, 2 do
  local time = string.sub(fields[at], 1, 2) == 'n:' and tonumber(string.match(fields[at + 1], '(%d+)$'))
  if time and now - time > tonumber(ARGV[2]) then
    redis.call('HDEL', KEYS[1], fields[at])
    swept = swept + 1
  end
end
return swept
`);

/** The first who comes with a nonce. KEYS: nonce. ARGV: id, ms. @returns the id of the first. */
export const claim: Script = script(`
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then return ARGV[1] end
return redis.call('GET', KEYS[1])
`);

/** Replaces a record that has the revision still. KEYS: record. ARGV: old revision, new revision, text, ms. @returns 1 if it did. */
export const replace: Script = script(`
local record = redis.call('GET', KEYS[1])
if not record or string.sub(record, 1, #ARGV[1] + 1) ~= ARGV[1] .. ' ' then return 0 end
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3], 'PX', ARGV[4])
return 1
`);
