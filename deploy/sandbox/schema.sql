-- The city's database. Times are Unix seconds (REAL), dates are ISO text, money is in fen.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;

-- Who lives here. `card` is the card's text as a simulator of the reader takes it (JSON).
CREATE TABLE persons (
    id TEXT PRIMARY KEY,
    sub TEXT NOT NULL UNIQUE,            -- what tokens name the person by; says nothing about them
    name TEXT NOT NULL,
    card_type TEXT NOT NULL CHECK (card_type IN ('resident', 'hmt', 'foreign')),
    id_number TEXT NOT NULL UNIQUE,
    sex TEXT NOT NULL CHECK (sex IN ('1', '2')),
    birth TEXT NOT NULL,
    valid_to TEXT NOT NULL,              -- ISO date, or 长期; empty for who has no card yet
    domicile TEXT NOT NULL,              -- GB/T 2260 code of the household register; empty for none
    address TEXT NOT NULL,               -- present residence
    mobile TEXT NOT NULL,                -- empty for small children
    bank_card TEXT,
    allowance_since TEXT,                -- draws the old-age allowance since this date
    card TEXT NOT NULL                   -- {} for who has no card yet
) STRICT;
CREATE TABLE insurances (
    person TEXT NOT NULL REFERENCES persons (id),
    year INTEGER NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    months INTEGER NOT NULL CHECK (months BETWEEN 0 AND 12),
    base_fen INTEGER,                    -- monthly base
    personal_fen INTEGER,                -- paid in the year by the person
    unit_fen INTEGER,                    -- and by the employer
    benefit_fen INTEGER,                 -- drawn in the year
    PRIMARY KEY (person, year, kind)
) STRICT;
CREATE TABLE authorisations (
    id TEXT PRIMARY KEY,
    agent TEXT NOT NULL REFERENCES persons (id),
    principal TEXT NOT NULL REFERENCES persons (id),
    relation TEXT NOT NULL,
    items TEXT NOT NULL,                 -- JSON list of catalogue codes
    valid_to TEXT NOT NULL,
    CHECK (agent <> principal)
) STRICT;

-- The registers of the departments: what they know of people, companies and houses, and of each other.
-- Months are YYYY-MM; districts and divisions are GB/T 2260 codes. See town/rows.py for the meaning of each.
CREATE TABLE houses (
    unit TEXT PRIMARY KEY,               -- real estate unit number (GB/T 37346)
    certificate TEXT NOT NULL UNIQUE,
    district TEXT NOT NULL,
    address TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL CHECK (kind IN ('flat', 'business')),
    area_m2 INTEGER NOT NULL,
    registered TEXT NOT NULL
) STRICT;
CREATE TABLE companies (
    id TEXT PRIMARY KEY,
    credit_code TEXT NOT NULL UNIQUE,    -- GB 32100
    name TEXT NOT NULL UNIQUE,
    type_code TEXT NOT NULL,
    industry TEXT NOT NULL,              -- GB/T 4754, section
    scale TEXT NOT NULL CHECK (scale IN ('1', '2', '3', '4')),
    revenue_fen INTEGER NOT NULL,        -- of the last full year
    capital_fen INTEGER NOT NULL,
    employees INTEGER NOT NULL,          -- as declared; some of them live in this small city
    founded TEXT NOT NULL,
    district TEXT NOT NULL,
    address TEXT NOT NULL,
    premises TEXT NOT NULL REFERENCES houses (unit),
    legal_representative TEXT NOT NULL REFERENCES persons (id),
    phone TEXT NOT NULL,
    bank_account TEXT
) STRICT;
CREATE TABLE owners (
    house TEXT NOT NULL REFERENCES houses (unit),
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    percent INTEGER NOT NULL CHECK (percent BETWEEN 1 AND 100),
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE INDEX owners_by_person ON owners (person);
CREATE TABLE residences (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    house TEXT NOT NULL REFERENCES houses (unit),
    since TEXT NOT NULL,
    renting INTEGER NOT NULL
) STRICT;
CREATE TABLE marriages (
    husband TEXT NOT NULL UNIQUE REFERENCES persons (id),
    wife TEXT NOT NULL UNIQUE REFERENCES persons (id),
    since TEXT NOT NULL
) STRICT;
CREATE TABLE kin (
    parent TEXT NOT NULL REFERENCES persons (id),
    child TEXT NOT NULL REFERENCES persons (id),
    PRIMARY KEY (parent, child)
) STRICT;
CREATE TABLE handlers (
    business TEXT NOT NULL REFERENCES companies (credit_code),
    person TEXT NOT NULL REFERENCES persons (id),
    authority TEXT NOT NULL CHECK (authority IN ('legal-representative', 'handler')),
    PRIMARY KEY (business, person)
) STRICT;
CREATE TABLE licences (
    number TEXT PRIMARY KEY,
    company TEXT NOT NULL REFERENCES companies (id),
    type_code TEXT NOT NULL,
    title TEXT NOT NULL,
    issued TEXT NOT NULL,
    valid_to TEXT NOT NULL,              -- ISO date, or 长期
    legal_representative TEXT NOT NULL REFERENCES persons (id)
) STRICT;
CREATE TABLE employments (
    company TEXT NOT NULL REFERENCES companies (id),
    person TEXT NOT NULL REFERENCES persons (id),
    since TEXT NOT NULL,
    until TEXT,                          -- last month; none: still
    PRIMARY KEY (person, since)
) STRICT;
CREATE TABLE payrolls (
    company TEXT NOT NULL REFERENCES companies (id),
    person TEXT NOT NULL REFERENCES persons (id),
    year INTEGER NOT NULL,
    months INTEGER NOT NULL CHECK (months BETWEEN 1 AND 12),
    base_fen INTEGER NOT NULL,
    insurance_fen INTEGER NOT NULL,      -- the company's share of all kinds, in the year
    fund_fen INTEGER NOT NULL,           -- and of the housing fund
    PRIMARY KEY (person, year, company)
) STRICT;
CREATE TABLE fund_accounts (
    account TEXT PRIMARY KEY,
    person TEXT NOT NULL UNIQUE REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    opened TEXT NOT NULL
) STRICT;
CREATE TABLE fund_years (
    account TEXT NOT NULL REFERENCES fund_accounts (account),
    year INTEGER NOT NULL,
    months INTEGER NOT NULL CHECK (months BETWEEN 1 AND 12),
    personal_fen INTEGER NOT NULL,
    unit_fen INTEGER NOT NULL,
    PRIMARY KEY (account, year)
) STRICT;
CREATE TABLE pensions (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    since TEXT NOT NULL,
    monthly_fen INTEGER NOT NULL
) STRICT;
CREATE TABLE insured_elsewhere (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    division TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;
CREATE TABLE allowance_payments (
    person TEXT NOT NULL REFERENCES persons (id),
    month TEXT NOT NULL,
    fen INTEGER NOT NULL,
    PRIMARY KEY (person, month)
) STRICT;
CREATE TABLE meters (
    account TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('electricity', 'water', 'gas')),
    house TEXT NOT NULL REFERENCES houses (unit),
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    UNIQUE (house, kind),
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE TABLE bills (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES meters (account),
    month TEXT NOT NULL,
    used INTEGER NOT NULL,               -- kWh or cubic metres
    fen INTEGER NOT NULL CHECK (fen > 0),
    due TEXT NOT NULL,
    settled_on TEXT                      -- paid before this city was started; later ones: payments
) STRICT;
CREATE INDEX bills_by_account ON bills (account, month);
CREATE TABLE rentals (
    id TEXT PRIMARY KEY,
    house TEXT NOT NULL REFERENCES houses (unit),
    landlord TEXT NOT NULL REFERENCES persons (id),
    tenant TEXT NOT NULL REFERENCES persons (id),
    rent_fen INTEGER NOT NULL,           -- a month
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    filed INTEGER NOT NULL
) STRICT;
CREATE TABLE cars (
    plate TEXT PRIMARY KEY,
    plate_type TEXT NOT NULL,
    vin TEXT NOT NULL UNIQUE,
    person TEXT NOT NULL REFERENCES persons (id),
    registered TEXT NOT NULL,
    inspect_by TEXT NOT NULL
) STRICT;
CREATE TABLE driving_licences (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    classes TEXT NOT NULL,
    file_number TEXT NOT NULL UNIQUE,
    valid_to TEXT NOT NULL
) STRICT;
CREATE TABLE residence_permits (
    number TEXT PRIMARY KEY,
    person TEXT NOT NULL UNIQUE REFERENCES persons (id),
    house TEXT NOT NULL REFERENCES houses (unit),
    reason TEXT NOT NULL,
    issued TEXT NOT NULL,
    valid_to TEXT NOT NULL
) STRICT;
CREATE TABLE disabilities (
    person TEXT PRIMARY KEY REFERENCES persons (id),
    number TEXT NOT NULL UNIQUE,
    type_code TEXT NOT NULL,
    level_code TEXT NOT NULL,
    valid_to TEXT NOT NULL
) STRICT;
CREATE TABLE dishonesties (
    id TEXT PRIMARY KEY,
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    what TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE TABLE hospitals (code TEXT PRIMARY KEY, name TEXT NOT NULL, district TEXT NOT NULL, level TEXT NOT NULL) STRICT;
CREATE TABLE treatments (
    invoice TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES persons (id),
    hospital TEXT NOT NULL REFERENCES hospitals (code),
    since TEXT NOT NULL,
    until TEXT NOT NULL,
    fen INTEGER NOT NULL,
    settled INTEGER NOT NULL
) STRICT;
CREATE TABLE service_points (
    code TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    address TEXT NOT NULL,
    serves TEXT NOT NULL
) STRICT;
-- What departments have of a person under a number: certificates, cards, standings; `kind` says what (data/town.yaml).
CREATE TABLE credentials (
    number TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    level TEXT,
    code TEXT,                           -- of the level, where there is a list of codes
    issuer TEXT NOT NULL,
    issued TEXT NOT NULL,
    valid_to TEXT NOT NULL,              -- ISO date, or 长期
    state TEXT NOT NULL,
    fen INTEGER,
    detail TEXT
) STRICT;
CREATE INDEX credentials_by_person ON credentials (person, kind);
CREATE TABLE payouts (
    person TEXT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    month TEXT NOT NULL,
    fen INTEGER NOT NULL,
    PRIMARY KEY (person, kind, month)
) STRICT;
-- What is to be paid, or was, apart from electricity, water and gas: `about` is what it is for (a case, a plate).
CREATE TABLE dues (
    number TEXT PRIMARY KEY,
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    code TEXT,                           -- of what it is, where there is a list of codes
    period TEXT NOT NULL,
    fen INTEGER NOT NULL CHECK (fen > 0),
    due TEXT NOT NULL,
    settled_on TEXT,
    about TEXT NOT NULL,
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE INDEX dues_by_about ON dues (kind, about);
CREATE TABLE happenings (
    number TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES persons (id),
    kind TEXT NOT NULL,
    day TEXT NOT NULL,
    what TEXT NOT NULL,
    place TEXT NOT NULL,
    result TEXT NOT NULL,
    score INTEGER,
    code TEXT                            -- what is asked for it by, where that is not its number
) STRICT;
CREATE INDEX happenings_by_person ON happenings (person, kind);
-- Cases that were taken before this city was started, in other systems.
CREATE TABLE progress (
    number TEXT PRIMARY KEY,
    word TEXT NOT NULL,                  -- the word (query_password) on the receipt
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    item TEXT NOT NULL,
    what TEXT NOT NULL,
    state TEXT NOT NULL,
    since TEXT NOT NULL,
    step TEXT NOT NULL,
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE TABLE places (
    code TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    district TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    detail TEXT NOT NULL
) STRICT;
-- Everywhere that one can be sent to.
CREATE VIEW counters AS
    SELECT code, name, district, address, serves, '022-00000000' AS phone, '现场办理' AS detail FROM service_points
    UNION ALL SELECT code, name, district, address, kind, phone, detail FROM places
    UNION ALL SELECT code, name, district, '', 'hospital', '022-00000000', level || '医疗机构' FROM hospitals;
CREATE TABLE fund_loans (
    contract TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES persons (id),
    house TEXT NOT NULL REFERENCES houses (unit),
    bank TEXT NOT NULL,
    fen INTEGER NOT NULL,
    months INTEGER NOT NULL,
    monthly_fen INTEGER NOT NULL,
    since TEXT NOT NULL,                 -- first month of repayment
    settled_on TEXT
) STRICT;
CREATE TABLE mortgages (
    number TEXT PRIMARY KEY,
    house TEXT NOT NULL REFERENCES houses (unit),
    person TEXT NOT NULL REFERENCES persons (id),
    loan TEXT NOT NULL UNIQUE REFERENCES fund_loans (contract),
    bank TEXT NOT NULL,
    fen INTEGER NOT NULL,
    registered TEXT NOT NULL
) STRICT;
CREATE TABLE vehicle_policies (
    number TEXT PRIMARY KEY,
    plate TEXT NOT NULL UNIQUE REFERENCES cars (plate),
    insurer TEXT NOT NULL,
    since TEXT NOT NULL,
    until TEXT NOT NULL
) STRICT;
CREATE TABLE violations (
    number TEXT PRIMARY KEY,
    plate TEXT NOT NULL REFERENCES cars (plate),
    day TEXT NOT NULL,
    place TEXT NOT NULL,
    what TEXT NOT NULL,
    points INTEGER NOT NULL,
    fen INTEGER NOT NULL,
    decision TEXT REFERENCES dues (number)  -- none: not handled yet
) STRICT;
CREATE TABLE transport_certificates (
    number TEXT PRIMARY KEY,
    plate TEXT NOT NULL UNIQUE,
    plate_type TEXT NOT NULL,
    vin TEXT NOT NULL UNIQUE,
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    tons INTEGER NOT NULL,
    issued TEXT NOT NULL,
    review_by TEXT NOT NULL,
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE TABLE heating_accounts (
    account TEXT PRIMARY KEY,
    house TEXT NOT NULL UNIQUE REFERENCES houses (unit),
    person TEXT REFERENCES persons (id),
    company TEXT REFERENCES companies (id),
    CHECK ((person IS NULL) <> (company IS NULL))
) STRICT;
CREATE TABLE births (
    number TEXT PRIMARY KEY,
    child TEXT NOT NULL UNIQUE REFERENCES persons (id),
    hospital TEXT NOT NULL REFERENCES hospitals (code)
) STRICT;
CREATE TABLE deaths (
    id_number TEXT NOT NULL,
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    relative TEXT NOT NULL REFERENCES persons (id),
    relation TEXT NOT NULL,              -- GB/T 4761: what the relative was to the dead
    PRIMARY KEY (id_number, relative)
) STRICT;
CREATE TABLE company_records (
    number TEXT PRIMARY KEY,
    company TEXT NOT NULL REFERENCES companies (id),
    kind TEXT NOT NULL,
    what TEXT NOT NULL,
    year INTEGER NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    fen INTEGER
) STRICT;
-- What anybody may look up.
CREATE TABLE public_records (
    number TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    holder TEXT NOT NULL,
    code TEXT NOT NULL,                  -- what it is narrowed by beside title, holder and district
    district TEXT NOT NULL,
    detail TEXT NOT NULL,
    state TEXT NOT NULL,
    day TEXT NOT NULL,
    fen INTEGER
) STRICT;
CREATE INDEX public_records_by_kind ON public_records (kind);
CREATE TABLE drafts (
    id TEXT PRIMARY KEY,
    person TEXT NOT NULL REFERENCES persons (id),
    item TEXT NOT NULL REFERENCES items (code),
    flow_version TEXT NOT NULL,
    fields TEXT NOT NULL,                -- the contract's values by field (JSON)
    expires_at REAL NOT NULL
) STRICT;

-- What the city offers.
CREATE TABLE items (
    code TEXT PRIMARY KEY,
    version TEXT NOT NULL,
    name TEXT NOT NULL,
    department TEXT NOT NULL,
    level TEXT NOT NULL CHECK (level IN ('none', 'card', 'card+face', 'phone')),
    enabled INTEGER NOT NULL,
    reason TEXT,
    guide TEXT NOT NULL                  -- the contract's Guide (JSON)
) STRICT;
CREATE TABLE codes (
    list TEXT NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    label TEXT NOT NULL,
    parent TEXT,
    PRIMARY KEY (list, code)
) STRICT;

-- Keys of the city, and who may talk to it.
CREATE TABLE keys (
    kid TEXT PRIMARY KEY,
    purpose TEXT NOT NULL CHECK (purpose IN ('identity-sig', 'gateway-sig', 'gateway-enc', 'bank-sig')),
    jwk TEXT NOT NULL,                   -- private
    expires_at REAL
) STRICT;
CREATE TABLE terminals (id TEXT PRIMARY KEY, thumbprint TEXT NOT NULL UNIQUE, jwk TEXT NOT NULL) STRICT;
CREATE TABLE assertions (
    issuer TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (issuer, jti)
) STRICT;
CREATE TABLE tokens (
    jti TEXT PRIMARY KEY,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    person TEXT REFERENCES persons (id), -- none: the terminal's own
    acr TEXT,
    scope TEXT NOT NULL,
    issued_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    revoked_at REAL,
    jkt TEXT,                            -- the key it is bound to (RFC 9449), if it is
    business TEXT REFERENCES companies (credit_code)
) STRICT;
CREATE TABLE proofs (
    jkt TEXT NOT NULL,
    jti TEXT NOT NULL,
    expires_at REAL NOT NULL,
    PRIMARY KEY (jkt, jti)
) STRICT;
CREATE TABLE device_grants (
    device_code TEXT PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    scope TEXT NOT NULL,
    expires_at REAL NOT NULL,
    interval_seconds INTEGER NOT NULL,
    polled_at REAL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'used')),
    person TEXT REFERENCES persons (id),
    for_business INTEGER NOT NULL,       -- somebody is wanted who acts for a legal person
    business TEXT REFERENCES companies (credit_code)
) STRICT;

-- What was asked for, once each.
CREATE TABLE idempotency (
    key TEXT PRIMARY KEY,
    operation TEXT NOT NULL,
    target TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    body_hash TEXT NOT NULL,
    created_at REAL NOT NULL,
    status INTEGER,                      -- none while it is running
    answer TEXT
) STRICT;
CREATE TABLE effects (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL,                   -- not unique on purpose: the ledger counts what really happened
    operation TEXT NOT NULL,
    made TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE TABLE cases (
    case_no TEXT PRIMARY KEY,
    serial INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    item TEXT NOT NULL REFERENCES items (code),
    terminal TEXT NOT NULL REFERENCES terminals (id),
    applicant TEXT NOT NULL REFERENCES persons (id),
    beneficiary TEXT NOT NULL REFERENCES persons (id),
    state TEXT NOT NULL,
    next TEXT,
    accepted_at REAL NOT NULL,
    fields INTEGER NOT NULL,
    sealed INTEGER NOT NULL,
    body TEXT NOT NULL,
    parent TEXT REFERENCES cases (case_no), -- the bundle it is a child of
    wanted TEXT NOT NULL DEFAULT '[]',   -- roles of documents that are still to come (JSON list)
    due TEXT,                            -- until when
    reasons TEXT NOT NULL DEFAULT '[]',  -- why it was refused, for the citizen (JSON list)
    certificate TEXT
) STRICT;
CREATE TABLE case_history (
    case_no TEXT NOT NULL REFERENCES cases (case_no) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    at REAL NOT NULL,
    state TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (case_no, position)
) STRICT;
CREATE TABLE ratings (
    id TEXT PRIMARY KEY,
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    item TEXT NOT NULL,
    case_no TEXT REFERENCES cases (case_no),
    slip TEXT,
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
    reasons TEXT NOT NULL,
    comment TEXT,
    at REAL NOT NULL
) STRICT;
CREATE TABLE escalations (
    ticket TEXT PRIMARY KEY,
    serial INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    promised_by TEXT NOT NULL,
    item TEXT,
    step TEXT,
    error TEXT,
    words TEXT,
    contact TEXT,
    at REAL NOT NULL,
    answer TEXT
) STRICT;
CREATE TABLE supplements (
    key TEXT PRIMARY KEY,
    case_no TEXT NOT NULL REFERENCES cases (case_no),
    terminal TEXT NOT NULL REFERENCES terminals (id),
    roles TEXT NOT NULL,                 -- JSON list
    sealed INTEGER NOT NULL,
    body TEXT NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE TABLE phone_codes (
    id TEXT PRIMARY KEY,
    phone TEXT NOT NULL,
    code TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    sent_at REAL NOT NULL,
    expires_at REAL NOT NULL,
    tries_left INTEGER NOT NULL,         -- 0: used up, or another code was sent since
    verified_at REAL
) STRICT;
CREATE TABLE slots (
    id TEXT PRIMARY KEY,
    item TEXT NOT NULL REFERENCES items (code),
    place TEXT NOT NULL,
    starts_at REAL NOT NULL,
    ends_at REAL NOT NULL,
    capacity INTEGER NOT NULL CHECK (capacity >= 0),
    UNIQUE (item, place, starts_at)
) STRICT;
CREATE TABLE bookings (
    id TEXT PRIMARY KEY,
    serial INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    person TEXT NOT NULL REFERENCES persons (id),
    slot TEXT NOT NULL REFERENCES slots (id),
    state TEXT NOT NULL CHECK (state IN ('held', 'confirmed', 'cancelled')),
    held_until REAL NOT NULL,            -- a hold is over by itself then
    ticket TEXT,
    at REAL NOT NULL
) STRICT;
CREATE TABLE payments (
    id TEXT PRIMARY KEY,
    serial INTEGER NOT NULL UNIQUE,
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    person TEXT REFERENCES persons (id),
    item TEXT NOT NULL REFERENCES items (code),
    bill TEXT NOT NULL,
    fen INTEGER NOT NULL CHECK (fen >= 1),
    method TEXT NOT NULL CHECK (method IN ('qr', 'pos')),
    state TEXT NOT NULL CHECK (state IN ('pending', 'paid', 'failed', 'closed', 'unknown', 'refunding', 'refunded')),
    expires_at REAL NOT NULL,
    paid_at REAL,
    turns_at REAL,                       -- when an unknown or refunding one turns, by itself
    turns_to TEXT,
    at REAL NOT NULL
) STRICT;
-- The money of one bill is taken once: whatever the code above does.
CREATE UNIQUE INDEX payments_once ON payments (item, bill)
    WHERE state IN ('pending', 'unknown', 'paid', 'refunding');
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,          -- of the phone's page
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    person TEXT REFERENCES persons (id),
    item TEXT NOT NULL REFERENCES items (code),
    wanted TEXT NOT NULL,                -- role, name, pages of each (JSON list)
    state TEXT NOT NULL CHECK (state IN ('waiting', 'open', 'done', 'expired', 'closed')),
    expires_at REAL NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE TABLE uploaded (
    upload TEXT NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    n INTEGER NOT NULL,
    role TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    at REAL NOT NULL,
    content BLOB,                        -- the JPEG, while the upload is not over
    PRIMARY KEY (upload, n)
) STRICT;
CREATE TABLE certificates (
    id TEXT PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,           -- printed on the paper, to verify it by
    person TEXT NOT NULL REFERENCES persons (id),
    item TEXT NOT NULL REFERENCES items (code),
    issued_on TEXT NOT NULL,
    content TEXT NOT NULL                -- the contract's Table (JSON)
) STRICT;
CREATE TABLE prints (
    id TEXT PRIMARY KEY,
    certificate TEXT NOT NULL REFERENCES certificates (id),
    number INTEGER NOT NULL,             -- the how-manieth print of it
    key TEXT NOT NULL,
    terminal TEXT NOT NULL REFERENCES terminals (id),
    pdf BLOB NOT NULL,
    at REAL NOT NULL,
    UNIQUE (certificate, number)
) STRICT;
CREATE TABLE anchors (
    terminal TEXT NOT NULL REFERENCES terminals (id),
    sequence INTEGER NOT NULL,
    hash TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (terminal, sequence)
) STRICT;
CREATE TABLE requests (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    operation TEXT NOT NULL,
    key TEXT,
    terminal TEXT,
    status INTEGER NOT NULL,             -- 0 when no answer was sent
    path TEXT NOT NULL
) STRICT;
