#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <array>

#include "base/strings.h"
#include "crypto/ssh_key_parts.h"
#include "crypto/ssh_wire.h"

// Reading what a person pasted into a box labelled "private key". Every kind of mistake has its own answer.
namespace crypto::internal {
namespace {

constexpr std::size_t kLargestText = std::size_t{32} << 10U;
constexpr int kLeastRsaBits = 3072;
constexpr int kMostRsaBits = 16384;
constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kEnd = "-----END ";
constexpr std::string_view kDashes = "-----";
constexpr std::string_view kMagic("openssh-key-v1\0", 15);

const char* message_of(SshKeyProblem problem) {
  switch (problem) {
    case SshKeyProblem::kNone: break;
    case SshKeyProblem::kNotAKey: return "this is not a private key; paste the whole file, from -----BEGIN to -----END";
    case SshKeyProblem::kPublicKey:
      return "this is a public key; paste the private key, which is the file of the same name without .pub";
    case SshKeyProblem::kPutty:
      return "this is a PuTTY key (.ppk); export it in OpenSSH form: puttygen KEY.ppk -O private-openssh-new -o KEY";
    case SshKeyProblem::kCertificate: return "this is a certificate; paste the private key that belongs to it";
    case SshKeyProblem::kPassphrase:
      return "this private key has a passphrase, and a server has nobody to type it; remove it from a copy of the "
             "file with: ssh-keygen -p -N '' -f KEY";
    case SshKeyProblem::kUnsupported:
      return "this kind of key is not supported (DSA, hardware-backed and others); use Ed25519, RSA or ECDSA";
    case SshKeyProblem::kWeak:
      return "this RSA key is too short; RSA keys need at least 3072 bits: ssh-keygen -t rsa -b 4096";
    case SshKeyProblem::kTruncated:
      return "this private key is cut off or damaged; paste the whole file, with the -----END line";
    case SshKeyProblem::kSeveral: return "there is more than one private key here; paste exactly one";
    case SshKeyProblem::kTrailing:
      return "there is other text before or after the private key; paste only the lines from -----BEGIN to -----END";
    case SshKeyProblem::kTooLarge: return "this is too long for a private key (more than 32 KB)";
    case SshKeyProblem::kInconsistent:
      return "the public and the private half of this key do not belong together; the file is damaged";
  }
  return "this is not a private key";
}

ImportOutcome fail(SshKeyProblem problem) { return {std::nullopt, ImportFailure{problem, message_of(problem)}}; }

ImportOutcome accept(SshKeyParts parts, Pkey key, std::string_view comment) {
  if (parts.type == SshKeyType::kRsa && bits_of(key.get()) < kLeastRsaBits) return fail(SshKeyProblem::kWeak);
  if (parts.type == SshKeyType::kRsa && bits_of(key.get()) > kMostRsaBits) return fail(SshKeyProblem::kUnsupported);
  if (!is_consistent(parts, key.get())) return fail(SshKeyProblem::kInconsistent);
  return {Imported{std::move(parts), std::move(key), std::string(comment)}, std::nullopt};
}

std::string normalised(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string result;
  result.reserve(text.size());
  for (const char letter : base::trim(text)) {
    if (letter != '\r') result.push_back(letter);
  }
  return result;
}

bool starts_like_public_line(std::string_view text) {
  for (const std::string_view name : {"ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-", "rsa-sha2-"}) {
    if (text.starts_with(name)) return true;
  }
  return false;
}

// What a text without a private key in it is.
SshKeyProblem kind_of_other(std::string_view text) {
  if (text.starts_with("PuTTY-User-Key-File")) return SshKeyProblem::kPutty;
  if (starts_like_public_line(text)) {
    const auto first_word = text.substr(0, text.find_first_of(" \t\n"));
    return first_word.find("-cert-v0") == std::string_view::npos ? SshKeyProblem::kPublicKey
                                                                 : SshKeyProblem::kCertificate;
  }
  if (text.starts_with("---- BEGIN SSH2 PUBLIC KEY")) return SshKeyProblem::kPublicKey;
  if (text.starts_with("---- BEGIN SSH2 ENCRYPTED PRIVATE")) return SshKeyProblem::kPassphrase;
  return SshKeyProblem::kNotAKey;
}

struct Block {
  std::string label;
  std::string_view body;
  std::string_view before, after;
};

// The first PEM block of the text, if its frame is whole.
struct BlockSearch {
  std::optional<Block> block;
  SshKeyProblem problem = SshKeyProblem::kNotAKey;
};

BlockSearch find_block(std::string_view text) {
  const auto begin = text.find(kBegin);
  if (begin == std::string_view::npos) return {std::nullopt, kind_of_other(text)};
  const auto label_at = begin + kBegin.size();
  const auto label_end = text.find(kDashes, label_at);
  if (label_end == std::string_view::npos || label_end - label_at > 60)
    return {std::nullopt, SshKeyProblem::kTruncated};
  Block block;
  block.label = std::string(text.substr(label_at, label_end - label_at));
  block.before = base::trim(text.substr(0, begin));
  const std::string footer = std::string(kEnd) + block.label + std::string(kDashes);
  const auto body_at = label_end + kDashes.size();
  const auto end = text.find(footer, body_at);
  if (end == std::string_view::npos) return {std::nullopt, SshKeyProblem::kTruncated};
  block.body = text.substr(body_at, end - body_at);
  block.after = base::trim(text.substr(end + footer.size()));
  return {std::move(block), SshKeyProblem::kNone};
}

SshKeyProblem problem_of_label(const std::string& label) {
  if (label == "OPENSSH PRIVATE KEY" || label == "RSA PRIVATE KEY" || label == "EC PRIVATE KEY" ||
      label == "PRIVATE KEY") {
    return SshKeyProblem::kNone;
  }
  if (label == "ENCRYPTED PRIVATE KEY") return SshKeyProblem::kPassphrase;
  if (label.ends_with("PUBLIC KEY")) return SshKeyProblem::kPublicKey;
  if (label.find("CERTIFICATE") != std::string::npos) return SshKeyProblem::kCertificate;
  if (label.ends_with("PRIVATE KEY")) return SshKeyProblem::kUnsupported;
  return SshKeyProblem::kNotAKey;
}

SshKeyProblem problem_around(const Block& block) {
  if (block.before.empty() && block.after.empty()) return SshKeyProblem::kNone;
  for (const auto text : {block.before, block.after}) {
    if (text.find("PRIVATE KEY-----") != std::string_view::npos) return SshKeyProblem::kSeveral;
  }
  return SshKeyProblem::kTrailing;
}

// RFC 1421 headers ("Proc-Type: 4,ENCRYPTED"), if the body has any, end with an empty line.
std::string_view without_headers(std::string_view body, bool& encrypted) {
  const auto first = body.substr(0, body.find('\n', 1));
  if (first.find(':') == std::string_view::npos) return body;
  encrypted = body.find("ENCRYPTED") != std::string_view::npos;
  const auto gap = body.find("\n\n");
  return gap == std::string_view::npos ? std::string_view() : body.substr(gap);
}

std::optional<base::Secret> decoded(std::string_view body) {
  std::string letters;
  letters.reserve(body.size());
  for (const char letter : body) {
    if (letter != '\n' && letter != ' ' && letter != '\t') letters.push_back(letter);
  }
  auto bytes = base::from_base64(letters);
  base::wipe(letters.data(), letters.size());
  if (!bytes || bytes->empty()) return std::nullopt;
  return base::Secret(std::move(*bytes));
}

// Whether the bytes are exactly one DER value by its own length: +1 too many bytes, -1 too few, 0 exact.
int compare_der_length(std::string_view der) {
  const auto at = [&](std::size_t index) { return static_cast<unsigned char>(der[index]); };
  if (der.size() < 2) return -1;
  std::size_t header = 2, length = at(1);
  if (length >= 0x80) {
    const std::size_t count = length & 0x7fU;
    if (count == 0 || count > 3 || der.size() < 2 + count) return -1;
    length = 0;
    for (std::size_t i = 0; i < count; ++i) length = (length << 8U) | at(2 + i);
    header += count;
  }
  if (der.size() == header + length) return 0;
  return der.size() > header + length ? 1 : -1;
}

Pkey read_der(const std::string& label, const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const auto size = static_cast<long>(der.size());
  if (label == "RSA PRIVATE KEY") return Pkey(d2i_PrivateKey(EVP_PKEY_RSA, nullptr, &at, size));
  if (label == "EC PRIVATE KEY") return Pkey(d2i_PrivateKey(EVP_PKEY_EC, nullptr, &at, size));
  PKCS8_PRIV_KEY_INFO* info = d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, size);
  if (info == nullptr) return nullptr;
  Pkey key(EVP_PKCS82PKEY(info));
  PKCS8_PRIV_KEY_INFO_free(info);
  return key;
}

ImportOutcome import_der(const std::string& label, const base::Secret& bytes) {
  const std::string& der = bytes.reveal();
  if (der[0] != '\x30') return fail(SshKeyProblem::kTruncated);
  const int length = compare_der_length(der);
  if (length != 0) return fail(length < 0 ? SshKeyProblem::kTruncated : SshKeyProblem::kTrailing);
  auto key = read_der(label, der);
  if (!key) return fail(SshKeyProblem::kTruncated);
  // Before anything is computed with it: numbers without bounds cost time without bounds.
  if (EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA && bits_of(key.get()) > kMostRsaBits) {
    return fail(SshKeyProblem::kUnsupported);
  }
  auto parts = parts_of(key.get());
  if (!parts) return fail(SshKeyProblem::kUnsupported);
  auto rebuilt = pkey_from(*parts);  // also checks what OpenSSL believed
  if (!rebuilt) return fail(SshKeyProblem::kInconsistent);
  return accept(std::move(*parts), std::move(rebuilt), "");
}

bool set(std::string& target, std::optional<std::string_view> value) {
  if (value) target = std::string(*value);
  return value.has_value();
}
bool set(base::Secret& target, std::optional<std::string_view> value) {
  if (value) target = base::Secret(std::string(*value));
  return value.has_value();
}

bool read_numbers(SshReader& reader, std::string_view algorithm, SshKeyParts& parts) {
  if (algorithm == "ssh-rsa") {
    parts.type = SshKeyType::kRsa;
    return set(parts.modulus, reader.mpint()) && set(parts.public_exponent, reader.mpint()) &&
           set(parts.private_exponent, reader.mpint()) && set(parts.coefficient, reader.mpint()) &&
           set(parts.prime1, reader.mpint()) && set(parts.prime2, reader.mpint());
  }
  if (algorithm == "ssh-ed25519") {
    parts.type = SshKeyType::kEd25519;
    const auto point = reader.string(), both = reader.string();
    if (!point || !both || point->size() != 32 || both->size() != 64 || both->substr(32) != *point) return false;
    return set(parts.public_point, point) && set(parts.scalar, both->substr(0, 32));
  }
  parts.type = SshKeyType::kEcdsa;
  return set(parts.curve, reader.string()) && set(parts.public_point, reader.string()) &&
         set(parts.scalar, reader.mpint()) && algorithm == "ecdsa-sha2-" + parts.curve;
}

bool has_valid_padding(std::string_view padding) {
  if (padding.size() >= 8) return false;
  for (std::size_t i = 0; i < padding.size(); ++i) {
    if (static_cast<std::size_t>(static_cast<unsigned char>(padding[i])) != i + 1) return false;
  }
  return true;
}

SshKeyProblem problem_of_algorithm(std::string_view algorithm) {
  if (algorithm.find("-cert-v0") != std::string_view::npos) return SshKeyProblem::kCertificate;
  for (const std::string_view known :
       {"ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"}) {
    if (algorithm == known) return SshKeyProblem::kNone;
  }
  return SshKeyProblem::kUnsupported;
}

// The part that a passphrase would have covered: check number twice, key, comment, padding.
ImportOutcome import_private_part(std::string_view bytes, std::string_view public_blob) {
  SshReader reader(bytes);
  const auto check = reader.number(), again = reader.number();
  const auto algorithm = reader.string();
  if (!check || !again || !algorithm) return fail(SshKeyProblem::kTruncated);
  if (*check != *again) return fail(SshKeyProblem::kInconsistent);
  if (const auto problem = problem_of_algorithm(*algorithm); problem != SshKeyProblem::kNone) return fail(problem);
  SshKeyParts parts;
  if (!read_numbers(reader, *algorithm, parts)) return fail(SshKeyProblem::kInconsistent);
  const auto comment = reader.string();
  if (!comment) return fail(SshKeyProblem::kTruncated);
  if (!has_valid_padding(reader.rest())) return fail(SshKeyProblem::kTrailing);
  if (public_blob_of(parts) != public_blob) return fail(SshKeyProblem::kInconsistent);
  if (parts.modulus.size() > kMostRsaBits / 8) return fail(SshKeyProblem::kUnsupported);
  auto key = pkey_from(parts);
  if (!key) return fail(SshKeyProblem::kInconsistent);
  return accept(std::move(parts), std::move(key), *comment);
}

// OpenSSH's own format, PROTOCOL.key of its source.
ImportOutcome import_openssh(const base::Secret& bytes) {
  std::string_view all = bytes.reveal();
  if (!all.starts_with(kMagic)) return fail(SshKeyProblem::kNotAKey);
  SshReader reader(all.substr(kMagic.size()));
  const auto cipher = reader.string(), derivation = reader.string(), options = reader.string();
  const auto count = reader.number();
  if (!cipher || !derivation || !options || !count) return fail(SshKeyProblem::kTruncated);
  if (*cipher != "none" || *derivation != "none") return fail(SshKeyProblem::kPassphrase);
  if (*count != 1) return fail(SshKeyProblem::kSeveral);
  const auto public_blob = reader.string(), private_part = reader.string();
  if (!public_blob || !private_part) return fail(SshKeyProblem::kTruncated);
  if (!reader.at_end()) return fail(SshKeyProblem::kTrailing);
  return import_private_part(*private_part, *public_blob);
}

ImportOutcome import_block(const Block& block) {
  if (const auto problem = problem_of_label(block.label); problem != SshKeyProblem::kNone) return fail(problem);
  if (const auto problem = problem_around(block); problem != SshKeyProblem::kNone) return fail(problem);
  bool encrypted = false;
  const auto body = without_headers(block.body, encrypted);
  if (encrypted) return fail(SshKeyProblem::kPassphrase);
  const auto bytes = decoded(body);
  if (!bytes) return fail(SshKeyProblem::kTruncated);
  return block.label == "OPENSSH PRIVATE KEY" ? import_openssh(*bytes) : import_der(block.label, *bytes);
}

}  // namespace

ImportOutcome import_text(const base::Secret& text) {
  if (text.size() > kLargestText) return fail(SshKeyProblem::kTooLarge);
  const base::Secret clean(normalised(text.reveal()));
  auto search = find_block(clean.reveal());
  // `openssl ecparam -genkey` writes the curve in a block of its own first.
  if (search.block && search.block->label == "EC PARAMETERS" && search.block->before.empty()) {
    search = find_block(search.block->after);
  }
  if (!search.block) return fail(search.problem);
  return import_block(*search.block);
}

}  // namespace crypto::internal
