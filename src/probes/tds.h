#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"

// Messages of SQL Server's TDS 7.4 ([MS-TDS], learn.microsoft.com/openspecs/windows_protocols/ms-tds). Pure.
namespace probes {

enum class TdsPacket : std::uint8_t { kSqlBatch = 0x01, kAnswer = 0x04, kLogin7 = 0x10, kPrelogin = 0x12 };

struct TdsHeader {
  std::uint8_t type = 0;
  bool last = false;     // of its message
  std::size_t body = 0;  // bytes that follow
};
constexpr std::size_t kTdsHeaderSize = 8;
// Nothing if these 8 bytes are no header ([MS-TDS] 2.2.3.1).
std::optional<TdsHeader> read_tds_header(std::string_view bytes);
// One message as packets of at most 4,096 bytes.
std::string tds_packets(TdsPacket type, std::string_view message);

enum class TdsEncryption { kOff, kOn, kNotSupported, kRequired };
std::string tds_prelogin();  // asks for encryption of everything
// The server's answer ([MS-TDS] 2.2.6.5); nothing if it is none.
std::optional<TdsEncryption> read_tds_prelogin(std::string_view message);

struct TdsLogin {
  std::string username, server, database, app_name, host_name;
  base::Secret password;
};
// LOGIN7 ([MS-TDS] 2.2.6.4). Holds the password in the protocol's own obfuscation, which is none. UTF-8 in.
base::Secret tds_login7(const TdsLogin& login);
std::string tds_batch(std::string_view sql);

struct TdsError {
  std::uint32_t number = 0;
  std::string message;
};
struct TdsRouting {
  std::string server;
  int port = 0;
};
// What a token stream ([MS-TDS] 2.2.7) says, as far as a log-in and "SELECT 1" need it.
struct TdsAnswer {
  bool login_acknowledged = false;
  std::vector<TdsError> errors;
  std::optional<TdsRouting> routing;
  int rows = 0;
};
// Nothing if the stream is cut off or holds a token that is not of those.
std::optional<TdsAnswer> read_tds_answer(std::string_view message);

}  // namespace probes
