#include "probes/tds.h"

#include <algorithm>
#include <array>

#include "base/strings.h"

namespace probes {
namespace {

constexpr std::size_t kPacketSize = 4096;
constexpr std::size_t kMostErrors = 16;
constexpr std::uint8_t kTerminator = 0xFF;

class Bytes {
 public:
  explicit Bytes(std::string_view rest) : rest_(rest) {}

  bool failed() const { return failed_; }
  bool at_end() const { return rest_.empty(); }
  std::uint64_t little(std::size_t size) {
    std::uint64_t value = 0;
    const std::string_view bytes = take(size);
    for (std::size_t i = bytes.size(); i > 0; --i) value = (value << 8U) | static_cast<unsigned char>(bytes[i - 1]);
    return value;
  }
  std::string_view take(std::uint64_t size) {
    if (failed_ || rest_.size() < size) {
      failed_ = true;
      return {};
    }
    const auto part = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return part;
  }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

void put(std::string& out, std::uint64_t value, std::size_t size) {
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void put_unit(std::string& out, std::uint32_t unit) { put(out, unit, 2); }

// UTF-8 to UCS-2/UTF-16 LE; ill-formed input becomes U+FFFD first.
std::string to_utf16(std::string_view text) {
  const std::string clean = base::to_valid_utf8(text);
  std::string out;
  for (std::size_t i = 0; i < clean.size();) {
    const auto lead = static_cast<unsigned char>(clean[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    std::uint32_t point = size == 1 ? lead : lead & (0xFFU >> (size + 1));
    for (std::size_t k = 1; k < size; ++k) point = (point << 6U) | (static_cast<unsigned char>(clean[i + k]) & 0x3FU);
    i += size;
    if (point < 0x10000) {
      put_unit(out, point);
    } else {
      put_unit(out, 0xD800 + ((point - 0x10000) >> 10U));
      put_unit(out, 0xDC00 + ((point - 0x10000) & 0x3FFU));
    }
  }
  return out;
}

void put_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0U | (point >> 6U));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0U | (point >> 12U));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  } else {
    out += static_cast<char>(0xF0U | (point >> 18U));
    out += static_cast<char>(0x80U | ((point >> 12U) & 0x3FU));
    out += static_cast<char>(0x80U | ((point >> 6U) & 0x3FU));
    out += static_cast<char>(0x80U | (point & 0x3FU));
  }
}

std::string from_utf16(std::string_view bytes) {
  std::string out;
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    return static_cast<unsigned char>(bytes[i]) |
           (static_cast<std::uint32_t>(static_cast<unsigned char>(bytes[i + 1])) << 8U);
  };
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const std::uint32_t high = unit(i);
    const bool pair = high >= 0xD800 && high < 0xDC00 && i + 3 < bytes.size();
    const std::uint32_t low = pair ? unit(i + 2) : 0;
    if (pair && low >= 0xDC00 && low < 0xE000) {
      put_utf8(out, 0x10000 + ((high - 0xD800) << 10U) + (low - 0xDC00));
      i += 2;
    } else {
      put_utf8(out, high >= 0xD800 && high < 0xE000 ? 0xFFFD : high);
    }
  }
  return out;
}

std::string us_varchar(Bytes& bytes) { return from_utf16(bytes.take(bytes.little(2) * 2)); }

void read_error(Bytes token, TdsAnswer& answer) {
  TdsError error;
  error.number = static_cast<std::uint32_t>(token.little(4));
  token.take(2);  // state, class
  error.message = us_varchar(token);
  if (!token.failed() && answer.errors.size() < kMostErrors) answer.errors.push_back(std::move(error));
}

// Type 20: where the log-in has to go instead ([MS-TDS] 2.2.7.9).
void read_change(Bytes token, TdsAnswer& answer) {
  if (token.little(1) != 20) return;
  token.take(2);  // length of the value
  const bool tcp = token.little(1) == 0;
  TdsRouting routing;
  routing.port = static_cast<int>(token.little(2));
  routing.server = us_varchar(token);
  if (!token.failed() && tcp && routing.port > 0) answer.routing = std::move(routing);
}

// How the values of one column lie in a row: a fixed size, or a length in front.
struct Column {
  std::size_t fixed = 0;
};

std::optional<Column> read_column(Bytes& bytes) {
  bytes.take(6);  // user type, flags
  const auto type = bytes.little(1);
  Column column;
  switch (type) {
    case 0x30: column.fixed = 1; break;  // tinyint
    case 0x34: column.fixed = 2; break;
    case 0x38: column.fixed = 4; break;
    case 0x7F: column.fixed = 8; break;
    case 0x26: bytes.take(1); break;  // intn
    default: return std::nullopt;
  }
  bytes.take(bytes.little(1) * 2);  // name
  return column;
}

bool read_columns(Bytes& bytes, std::vector<Column>& columns) {
  const auto count = bytes.little(2);
  columns.clear();
  if (count == 0xFFFF) return true;
  for (std::uint64_t i = 0; i < count && !bytes.failed(); ++i) {
    const auto column = read_column(bytes);
    if (!column) return false;
    columns.push_back(*column);
  }
  return !bytes.failed();
}

bool read_row(Bytes& bytes, const std::vector<Column>& columns) {
  for (const Column& column : columns) bytes.take(column.fixed != 0 ? column.fixed : bytes.little(1));
  return !bytes.failed();
}

bool read_feature_acknowledgement(Bytes& bytes) {
  while (bytes.little(1) != kTerminator && !bytes.failed()) bytes.take(bytes.little(4));
  return !bytes.failed();
}

bool read_token(Bytes& bytes, TdsAnswer& answer, std::vector<Column>& columns) {
  switch (bytes.little(1)) {
    case 0xAA: read_error(Bytes(bytes.take(bytes.little(2))), answer); return !bytes.failed();
    case 0xAB:                                                       // INFO
    case 0xA9: bytes.take(bytes.little(2)); return !bytes.failed();  // ORDER
    case 0xE3: read_change(Bytes(bytes.take(bytes.little(2))), answer); return !bytes.failed();
    case 0xAD:
      bytes.take(bytes.little(2));
      answer.login_acknowledged = !bytes.failed();
      return !bytes.failed();
    case 0xAE: return read_feature_acknowledgement(bytes);
    case 0x79: bytes.take(4); return !bytes.failed();  // RETURNSTATUS
    case 0x81: return read_columns(bytes, columns);
    case 0xD1: ++answer.rows; return read_row(bytes, columns);
    case 0xFD:
    case 0xFE:
    case 0xFF: bytes.take(12); return !bytes.failed();  // DONE and its relatives
    default: return false;
  }
}

}  // namespace

std::optional<TdsHeader> read_tds_header(std::string_view bytes) {
  if (bytes.size() < kTdsHeaderSize) return std::nullopt;
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const std::size_t length = (static_cast<std::size_t>(at(2)) << 8U) | at(3);
  const bool known = at(0) == 0x04 || at(0) == 0x12;
  if (!known || length < kTdsHeaderSize || length > 32'767) return std::nullopt;
  return TdsHeader{at(0), (at(1) & 1U) != 0, length - kTdsHeaderSize};
}

std::string tds_packets(TdsPacket type, std::string_view message) {
  std::string out;
  std::uint8_t number = 1;
  do {
    const auto part = message.substr(0, kPacketSize - kTdsHeaderSize);
    message.remove_prefix(part.size());
    const std::size_t size = part.size() + kTdsHeaderSize;
    out += static_cast<char>(type);
    out += static_cast<char>(message.empty() ? 1 : 0);
    out += static_cast<char>(size >> 8U);
    out += static_cast<char>(size & 0xFFU);
    out += std::string(2, '\0');
    out += static_cast<char>(number++);
    out += '\0';
    out += part;
  } while (!message.empty());
  return out;
}

std::string tds_prelogin() {
  const std::array<std::pair<std::uint8_t, std::string>, 5> options{{{0, std::string("\x00\x00\x00\x00\x00\x00", 6)},
                                                                     {1, "\x01"},
                                                                     {2, std::string(1, '\0')},
                                                                     {3, std::string(4, '\0')},
                                                                     {4, std::string(1, '\0')}}};
  std::string head, data;
  std::size_t offset = options.size() * 5 + 1;
  for (const auto& [token, value] : options) {
    head += static_cast<char>(token);
    head += static_cast<char>(offset >> 8U);
    head += static_cast<char>(offset & 0xFFU);
    head += '\0';
    head += static_cast<char>(value.size());
    offset += value.size();
    data += value;
  }
  return head + static_cast<char>(kTerminator) + data;
}

std::optional<TdsEncryption> read_tds_prelogin(std::string_view message) {
  const auto at = [&](std::size_t i) -> std::size_t { return static_cast<unsigned char>(message[i]); };
  bool version = false;
  std::optional<TdsEncryption> found;
  for (std::size_t i = 0; i < message.size(); i += 5) {
    if (at(i) == kTerminator) return version ? found : std::nullopt;
    if (i + 5 > message.size()) return std::nullopt;
    const std::size_t offset = (at(i + 1) << 8U) | at(i + 2), size = (at(i + 3) << 8U) | at(i + 4);
    if (offset + size > message.size()) return std::nullopt;
    if (at(i) == 0 && size == 6) version = true;
    if (at(i) == 1 && size == 1 && at(offset) <= 3) found = static_cast<TdsEncryption>(at(offset));
  }
  return std::nullopt;
}

base::Secret tds_login7(const TdsLogin& login) {
  std::string password = to_utf16(login.password.reveal());
  for (char& c : password) {
    const auto byte = static_cast<unsigned char>(c);
    c = static_cast<char>(((byte << 4U) | (byte >> 4U)) ^ 0xA5U);
  }
  std::string head;
  put(head, 0x74000004, 4);   // TDS 7.4
  put(head, kPacketSize, 4);  // packet size
  put(head, 0, 4);            // program version
  put(head, 0, 4);            // process id
  put(head, 0, 4);            // connection id
  put(head, 0xE0, 1);         // as drivers do: SQL Server sets its own language and database words
  put(head, 0x03, 1);         // init must succeed, as ODBC
  put(head, 0, 1);            // SQL, not an attach
  put(head, 0x00, 1);         // no extension
  put(head, 0, 4);            // time zone
  put(head, 0x0409, 4);       // language of messages: English
  constexpr std::size_t kFixed = 94;
  std::string data;
  const auto field = [&](const std::string& utf16) {
    put(head, kFixed + data.size(), 2);
    put(head, utf16.size() / 2, 2);
    data += utf16;
  };
  field(to_utf16(login.host_name));
  field(to_utf16(login.username));
  field(password);
  field(to_utf16(login.app_name));
  field(to_utf16(login.server));
  field("");  // extension
  field(to_utf16("runbridge"));
  field("");  // language
  field(to_utf16(login.database));
  head += std::string(6, '\0');  // client id
  field("");                     // SSPI
  field("");                     // file to attach
  field("");                     // new password
  put(head, 0, 4);               // long SSPI
  std::string message;
  put(message, 4 + head.size() + data.size(), 4);
  message += head + data;
  base::wipe(password.data(), password.size());
  base::wipe(data.data(), data.size());
  return base::Secret(std::move(message));
}

std::string tds_batch(std::string_view sql) {
  std::string message;
  put(message, 22, 4);  // all headers: one, of the transaction ([MS-TDS] 2.2.5.3)
  put(message, 18, 4);
  put(message, 2, 2);
  put(message, 0, 8);
  put(message, 1, 4);
  return message + to_utf16(sql);
}

std::optional<TdsAnswer> read_tds_answer(std::string_view message) {
  Bytes bytes(message);
  TdsAnswer answer;
  std::vector<Column> columns;
  while (!bytes.at_end()) {
    if (!read_token(bytes, answer, columns)) return std::nullopt;
  }
  return answer;
}

}  // namespace probes
