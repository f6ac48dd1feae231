#include "crypto/ssh_key.h"

#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>

#include "base/strings.h"
#include "crypto/ssh_key_parts.h"
#include "crypto/ssh_wire.h"

namespace crypto {
namespace {

using internal::Pkey;

constexpr std::size_t kLongestComment = 200;
constexpr std::size_t kLineWidth = 70;

struct Freed {
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(ECDSA_SIG* signature) const { ECDSA_SIG_free(signature); }
};

base::Error library_failure(const char* what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  ERR_clear_error();
  return base::internal(std::string(what) + ": " + text.data());
}

std::string digest(const EVP_MD* kind, std::string_view data) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), out.data(), &size, kind, nullptr);
  return {reinterpret_cast<const char*>(out.data()), size};
}

std::string clean_comment(std::string_view comment) {
  std::string text = base::to_valid_utf8(comment);
  for (char& letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = ' ';
  }
  return base::shorten(base::trim(text), kLongestComment);
}

Pkey make_key(SshKeyType type) {
  switch (type) {
    case SshKeyType::kRsa: return Pkey(EVP_RSA_gen(4096U));
    case SshKeyType::kEcdsa: return Pkey(EVP_EC_gen("P-256"));
    case SshKeyType::kEd25519: break;
  }
  return Pkey(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
}

void write_private(SshWriter& writer, const internal::SshKeyParts& parts) {
  writer.string(internal::algorithm_of(parts));
  switch (parts.type) {
    case SshKeyType::kRsa:
      writer.mpint(parts.modulus).mpint(parts.public_exponent).mpint(parts.private_exponent.reveal());
      writer.mpint(parts.coefficient.reveal()).mpint(parts.prime1.reveal()).mpint(parts.prime2.reveal());
      break;
    case SshKeyType::kEcdsa: writer.string(parts.curve).string(parts.public_point).mpint(parts.scalar.reveal()); break;
    case SshKeyType::kEd25519: {
      const base::Secret both(parts.scalar.reveal() + parts.public_point);
      writer.string(parts.public_point).string(both.reveal());
      break;
    }
  }
}

const EVP_MD* digest_for(const internal::SshKeyParts& parts, std::uint32_t flags) {
  if (parts.type == SshKeyType::kEd25519) return nullptr;
  if (parts.type == SshKeyType::kRsa) {
    if ((flags & SshKey::kRsaSha512) != 0) return EVP_sha512();
    return (flags & SshKey::kRsaSha256) != 0 ? EVP_sha256() : EVP_sha1();
  }
  if (parts.curve == "nistp384") return EVP_sha384();
  return parts.curve == "nistp521" ? EVP_sha512() : EVP_sha256();
}

std::string signature_name(const internal::SshKeyParts& parts, std::uint32_t flags) {
  if (parts.type == SshKeyType::kRsa && (flags & SshKey::kRsaSha512) != 0) return "rsa-sha2-512";
  if (parts.type == SshKeyType::kRsa && (flags & SshKey::kRsaSha256) != 0) return "rsa-sha2-256";
  return internal::algorithm_of(parts);
}

// OpenSSL's DER form of an ECDSA signature as SSH writes it: two numbers (RFC 5656 section 3.1.2).
base::Result<std::string> ecdsa_to_ssh(const std::string& der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const std::unique_ptr<ECDSA_SIG, Freed> signature(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
  if (!signature) return library_failure("cannot read an ECDSA signature");
  SshWriter writer;
  for (const BIGNUM* number : {ECDSA_SIG_get0_r(signature.get()), ECDSA_SIG_get0_s(signature.get())}) {
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
    BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
    writer.mpint(bytes);
  }
  return writer.bytes();
}

}  // namespace

const char* ssh_key_type_name(SshKeyType type) {
  switch (type) {
    case SshKeyType::kEd25519: return "ed25519";
    case SshKeyType::kRsa: return "rsa";
    case SshKeyType::kEcdsa: return "ecdsa";
  }
  return "ed25519";
}

base::Result<SshKeyType> ssh_key_type_from(std::string_view name) {
  for (const auto type : {SshKeyType::kEd25519, SshKeyType::kRsa, SshKeyType::kEcdsa}) {
    if (name == ssh_key_type_name(type)) return type;
  }
  return base::invalid("the type of an SSH key is ed25519, rsa or ecdsa, not '" + base::printable(name, 40) + "'");
}

const char* ssh_key_problem_name(SshKeyProblem problem) {
  switch (problem) {
    case SshKeyProblem::kNone: return "usable";
    case SshKeyProblem::kNotAKey: return "not-a-private-key";
    case SshKeyProblem::kPublicKey: return "public-key";
    case SshKeyProblem::kPutty: return "putty";
    case SshKeyProblem::kCertificate: return "certificate";
    case SshKeyProblem::kPassphrase: return "passphrase";
    case SshKeyProblem::kUnsupported: return "unsupported";
    case SshKeyProblem::kWeak: return "weak";
    case SshKeyProblem::kTruncated: return "truncated";
    case SshKeyProblem::kSeveral: return "several-keys";
    case SshKeyProblem::kTrailing: return "trailing-text";
    case SshKeyProblem::kTooLarge: return "too-large";
    case SshKeyProblem::kInconsistent: return "inconsistent";
  }
  return "not-a-private-key";
}

SshKey::SshKey(std::shared_ptr<const State> state) : state_(std::move(state)) {}

std::shared_ptr<const SshKey::State> SshKey::make_state(internal::Imported imported) {
  auto state = std::make_shared<State>();
  state->parts = std::move(imported.parts);
  state->key = std::move(imported.key);
  state->comment = clean_comment(imported.comment);
  state->algorithm = internal::algorithm_of(state->parts);
  state->blob = internal::public_blob_of(state->parts);
  state->bits = internal::bits_of(state->key.get());
  return state;
}

base::Result<SshKey> SshKey::generate(SshKeyType type, std::string_view comment) {
  auto key = make_key(type);
  if (!key) return library_failure("cannot make an SSH key");
  auto parts = internal::parts_of(key.get());
  if (!parts) return library_failure("cannot read a new SSH key");
  return SshKey(make_state({std::move(*parts), std::move(key), std::string(comment)}));
}

base::Result<SshKey> SshKey::import(const base::Secret& text, SshKeyProblem* problem) {
  auto outcome = internal::import_text(text);
  ERR_clear_error();
  if (problem != nullptr) *problem = outcome.failure ? outcome.failure->problem : SshKeyProblem::kNone;
  if (outcome.failure) return base::invalid(std::move(outcome.failure->message));
  return SshKey(make_state(std::move(*outcome.key)));
}

SshKeyType SshKey::type() const { return state_->parts.type; }
int SshKey::bits() const { return state_->bits; }
const std::string& SshKey::comment() const { return state_->comment; }
const std::string& SshKey::algorithm() const { return state_->algorithm; }
const std::string& SshKey::public_blob() const { return state_->blob; }

std::string SshKey::public_line() const {
  const std::string line = state_->algorithm + " " + base::to_base64(state_->blob);
  return state_->comment.empty() ? line : line + " " + state_->comment;
}

std::string SshKey::fingerprint() const { return ssh_fingerprint(state_->blob); }

std::string SshKey::fingerprint_md5() const {
  const std::string hex = base::to_hex(digest(EVP_md5(), state_->blob));
  std::string text = "MD5";
  for (std::size_t at = 0; at < hex.size(); at += 2) text.append(":").append(hex, at, 2);
  return text;
}

base::Secret SshKey::private_text() const {
  SshWriter secret_part;
  // The check number is twice the same by the format; made from the public half so that a key has one text only.
  const std::string check = digest(EVP_sha256(), state_->blob).substr(0, 4);
  secret_part.raw(check).raw(check);
  write_private(secret_part, state_->parts);
  secret_part.string(state_->comment);
  for (std::uint8_t padding = 1; secret_part.bytes().size() % 8 != 0; ++padding) secret_part.byte(padding);
  SshWriter all;
  all.raw(std::string_view("openssh-key-v1\0", 15)).string("none").string("none").string("");
  all.number(1).string(state_->blob).string(secret_part.bytes());
  const base::Secret body(base::to_base64(all.bytes()));
  std::string text;
  text.reserve(body.size() * 2 + 100);
  text += "-----BEGIN OPENSSH PRIVATE KEY-----\n";
  for (std::size_t at = 0; at < body.size(); at += kLineWidth) text.append(body.reveal(), at, kLineWidth).append("\n");
  text += "-----END OPENSSH PRIVATE KEY-----\n";
  base::Secret result(text);
  base::wipe(text.data(), text.size());
  return result;
}

base::Result<std::string> SshKey::sign(std::string_view data, std::uint32_t flags) const {
  const std::unique_ptr<EVP_MD_CTX, Freed> context(EVP_MD_CTX_new());
  const auto* input = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t size = 0;
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, digest_for(state_->parts, flags), nullptr, state_->key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, input, data.size()) != 1) {
    return library_failure("cannot sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, input, data.size()) !=
      1) {
    return library_failure("cannot sign");
  }
  signature.resize(size);
  if (state_->parts.type == SshKeyType::kEcdsa) {
    ASSIGN_OR_RETURN(signature, ecdsa_to_ssh(signature));
  }
  SshWriter writer;
  writer.string(signature_name(state_->parts, flags)).string(signature);
  return writer.bytes();
}

std::string ssh_fingerprint(std::string_view public_blob) {
  std::string text = base::to_base64(digest(EVP_sha256(), public_blob));
  while (!text.empty() && text.back() == '=') text.pop_back();
  return "SHA256:" + text;
}

}  // namespace crypto
