#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "probes/session.h"
#include "probes/stream.h"
#include "probes/svn_words.h"

// svn_ra: greeting, response, authentication, repos-info (subversion/libsvn_ra_svn/protocol, sections 2 and 3).
namespace probes {
namespace {

std::string hmac_md5_hex(std::string_view key, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  static constexpr char kEmpty = 0;
  HMAC(EVP_md5(), key.empty() ? &kEmpty : key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(data.data()), data.size(), bytes.data(), &size);
  return base::to_hex({reinterpret_cast<const char*>(bytes.data()), size});
}

class SvnConversation {
 public:
  SvnConversation(Session& session, Stream& stream, Observation& seen)
      : session_(session), stream_(stream), seen_(seen) {}

  base::Status run(const json& step) {
    ASSIGN_OR_RETURN(const std::string url, session_.text_of(step, "url"));
    ASSIGN_OR_RETURN(username_, session_.text_of(step, "username"));
    ASSIGN_OR_RETURN(password_, session_.text_of(step, "password"));
    RETURN_IF_ERROR(greet(url));
    RETURN_IF_ERROR(authenticate());
    ASSIGN_OR_RETURN(const SvnItem repository, command());  // repos-info
    if (repository.items.size() >= 2 && repository.items[0].kind == SvnItem::Kind::kString) {
      seen_.captures["uuid"] = base::Secret(repository.items[0].text);
    }
    return {};
  }

  base::Status greet(const std::string& url) {
    const auto greeting = read();
    if (!greeting) {
      if (stage_of(greeting.error()) == Stage::kProtocol) seen_.facts["greeting"] = "other";
      return greeting.error();
    }
    const bool fine = greeting->is_list() && greeting->items.size() >= 2 && greeting->items[0].is_word("success") &&
                      greeting->items[1].is_list() && greeting->items[1].items.size() >= 2 &&
                      greeting->items[1].items[0].number <= 2 && greeting->items[1].items[1].number >= 2;
    if (!fine) {
      seen_.facts["greeting"] = "other";
      return failed_at(Stage::kProtocol, "its greeting is not that of a Subversion server of version 1.1 or newer");
    }
    if (url.empty()) return {};
    return stream_.write("( 2 ( edit-pipeline svndiff1 absent-entries depth mergeinfo log-revprops ) " +
                         svn_string(url) + svn_string("connection-verifier") + "( ) ) ");
  }

 private:
  base::Result<SvnItem> read() {
    for (;;) {
      SvnItem item;
      std::size_t used = 0;
      const SvnRead result = read_svn_item(buffer_, item, used);
      if (result == SvnRead::kBad) return failed_at(Stage::kProtocol, "it does not speak Subversion's protocol");
      if (result == SvnRead::kWhole) {
        buffer_.erase(0, used);
        return item;
      }
      ASSIGN_OR_RETURN(const std::string more, stream_.read_some(16'384));
      if (more.empty()) return failed_at(Stage::kProtocol, "it closed the connection");
      buffer_ += more;
    }
  }

  // The parameters of "( success PARAMS )"; "( failure ( ( code:number message:string … ) ) )" becomes the error.
  base::Result<SvnItem> command() {
    ASSIGN_OR_RETURN(SvnItem answer, read());
    if (!answer.is_list() || answer.items.size() < 2 || !answer.items[1].is_list()) {
      return failed_at(Stage::kProtocol, "its answer is not of Subversion's protocol");
    }
    if (answer.items[0].is_word("success")) return std::move(answer.items[1]);
    return refused(answer.items[1]);
  }

  base::Error refused(const SvnItem& errors) {
    std::vector<std::string> codes;
    for (const auto& error : errors.items) {
      if (!error.is_list() || error.items.size() < 2) continue;
      codes.push_back(std::to_string(error.items[0].number));
      if (!error.items[1].text.empty()) seen_.words = error.items[1].text;
    }
    seen_.facts["error"] = base::join(codes, ",");
    constexpr std::array<std::string_view, 3> kAuthentication{"170001", "215004", "220001"};
    const bool refusal = std::any_of(kAuthentication.begin(), kAuthentication.end(), [&](std::string_view code) {
      return std::find(codes.begin(), codes.end(), code) != codes.end();
    });
    if (refusal) seen_.facts["auth"] = "failure";
    return failed_at(refusal ? Stage::kRefused : Stage::kProtocol, session_.mask.shown(seen_.words, 160));
  }

  base::Status authenticate() {
    ASSIGN_OR_RETURN(const SvnItem request, command());
    std::vector<std::string> offered;
    if (!request.items.empty()) {
      for (const auto& word : request.items[0].items) offered.push_back(word.text);
    }
    if (offered.empty()) {  // nothing to prove
      seen_.open_to_all = !username_.empty();
      return {};
    }
    const auto offers = [&](const char* name) {
      return std::find(offered.begin(), offered.end(), name) != offered.end();
    };
    if (offers("CRAM-MD5")) {
      RETURN_IF_ERROR(stream_.write("( CRAM-MD5 ( ) ) "));
    } else if (offers("PLAIN")) {
      const std::string token = std::string(1, '\0') + username_ + std::string(1, '\0') + password_;
      RETURN_IF_ERROR(stream_.write("( PLAIN ( " + svn_string(base::to_base64(token)) + ") ) "));
    } else if (offers("ANONYMOUS")) {
      seen_.open_to_all = true;
      RETURN_IF_ERROR(stream_.write("( ANONYMOUS ( 0: ) ) "));
    } else {
      return failed_at(Stage::kUnsupported, "the server offers " + base::join(offered, ", "));
    }
    seen_.credentials = !seen_.open_to_all;
    return answer_challenges();
  }

  base::Status answer_challenges() {
    for (int round = 0; round < 4; ++round) {
      ASSIGN_OR_RETURN(const SvnItem answer, read());
      if (!answer.is_list() || answer.items.empty()) return failed_at(Stage::kProtocol, "an unreadable answer");
      const std::string text =
          answer.items.size() > 1 && !answer.items[1].items.empty() ? answer.items[1].items[0].text : std::string();
      if (answer.items[0].is_word("success")) return {};
      if (answer.items[0].is_word("failure")) {
        seen_.facts["auth"] = "failure";
        seen_.words = text;
        return failed_at(Stage::kRefused, "user name or password refused");
      }
      if (!answer.items[0].is_word("step")) return failed_at(Stage::kProtocol, "an unreadable answer");
      RETURN_IF_ERROR(stream_.write(svn_string(username_ + " " + hmac_md5_hex(password_, text))));
    }
    return failed_at(Stage::kProtocol, "it asks without end");
  }

  Session& session_;
  Stream& stream_;
  Observation& seen_;
  std::string username_, password_, buffer_;
};

base::Status converse(Session& session, const json& step, Observation& seen) {
  ASSIGN_OR_RETURN(seen.host, session.text_of(step, "host"));
  ASSIGN_OR_RETURN(seen.port, session.port_of(step));
  const Dialer dialer{session.environment.policy, session.deadline, session.environment.limits.connect,
                      session.environment.route};
  ASSIGN_OR_RETURN(const std::unique_ptr<Stream> stream, connect_to(dialer, seen.host, seen.port));
  seen.network = true;
  return SvnConversation(session, *stream, seen).run(step);
}

}  // namespace

Observation svn_step(Session& session, const json& step) {
  Observation seen;
  if (const auto done = converse(session, step, seen); !done) seen.fail(done.error());
  return seen;
}

}  // namespace probes
