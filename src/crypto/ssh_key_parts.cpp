#include "crypto/ssh_key_parts.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <array>

#include "crypto/ssh_wire.h"

namespace crypto::internal {
namespace {

struct Freed {
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
  void operator()(OSSL_PARAM* parameters) const { OSSL_PARAM_free(parameters); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
};
using Number = std::unique_ptr<BIGNUM, Freed>;

struct Curve {
  const char* ssh_name;
  const char* openssl_name;
};
constexpr std::array<Curve, 3> kCurves{
    {{"nistp256", "prime256v1"}, {"nistp384", "secp384r1"}, {"nistp521", "secp521r1"}}};

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

Number to_number(std::string_view big_endian) {
  return Number(BN_bin2bn(bytes_of(big_endian), static_cast<int>(big_endian.size()), nullptr));
}

// Private numbers must come from OpenSSL's secure heap when they go into a parameter list with public ones around.
Number to_secret_number(const base::Secret& big_endian) {
  auto number = to_number(big_endian.reveal());
  if (number) BN_set_flags(number.get(), BN_FLG_CONSTTIME);
  return number;
}

std::string from_number(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

std::optional<std::string> number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* raw = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &raw) != 1) return std::nullopt;
  const Number number(raw);
  return from_number(number.get());
}

Pkey from_parameters(const char* kind, OSSL_PARAM_BLD* builder) {
  const std::unique_ptr<OSSL_PARAM, Freed> parameters(OSSL_PARAM_BLD_to_param(builder));
  const std::unique_ptr<EVP_PKEY_CTX, Freed> context(EVP_PKEY_CTX_new_from_name(nullptr, kind, nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, parameters.get()) != 1) {
    return nullptr;
  }
  return Pkey(key);
}

// d mod (prime - 1)
Number reduced(const BIGNUM* private_exponent, const BIGNUM* prime, BN_CTX* context) {
  const Number less_one(BN_dup(prime));
  Number result(BN_new());
  if (!less_one || !result || BN_sub_word(less_one.get(), 1) != 1 || BN_is_zero(less_one.get()) ||
      BN_mod(result.get(), private_exponent, less_one.get(), context) != 1) {
    return nullptr;
  }
  return result;
}

Pkey rsa_from(const SshKeyParts& parts) {
  const std::unique_ptr<BN_CTX, Freed> context(BN_CTX_new());
  const std::unique_ptr<OSSL_PARAM_BLD, Freed> builder(OSSL_PARAM_BLD_new());
  const auto n = to_number(parts.modulus), e = to_number(parts.public_exponent);
  const auto d = to_secret_number(parts.private_exponent), p = to_secret_number(parts.prime1),
             q = to_secret_number(parts.prime2);
  const Number product(BN_new()), inverse(BN_new());
  if (!context || !builder || !n || !e || !d || !p || !q || !product || !inverse) return nullptr;
  if (!BN_is_odd(n.get()) || !BN_is_odd(e.get()) || BN_num_bits(p.get()) < 2 || BN_num_bits(q.get()) < 2)
    return nullptr;
  if (BN_mul(product.get(), p.get(), q.get(), context.get()) != 1 || BN_cmp(product.get(), n.get()) != 0)
    return nullptr;
  const auto dp = reduced(d.get(), p.get(), context.get()), dq = reduced(d.get(), q.get(), context.get());
  if (!dp || !dq || BN_mod_inverse(inverse.get(), q.get(), p.get(), context.get()) == nullptr) return nullptr;
  const std::array<std::pair<const char*, const BIGNUM*>, 8> numbers{
      {{OSSL_PKEY_PARAM_RSA_N, n.get()},
       {OSSL_PKEY_PARAM_RSA_E, e.get()},
       {OSSL_PKEY_PARAM_RSA_D, d.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR1, p.get()},
       {OSSL_PKEY_PARAM_RSA_FACTOR2, q.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT1, dp.get()},
       {OSSL_PKEY_PARAM_RSA_EXPONENT2, dq.get()},
       {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, inverse.get()}}};
  for (const auto& [name, number] : numbers) {
    if (OSSL_PARAM_BLD_push_BN(builder.get(), name, number) != 1) return nullptr;
  }
  return from_parameters("RSA", builder.get());
}

Pkey ec_from(const SshKeyParts& parts) {
  const char* group = nullptr;
  for (const auto& curve : kCurves) {
    if (parts.curve == curve.ssh_name) group = curve.openssl_name;
  }
  const std::unique_ptr<OSSL_PARAM_BLD, Freed> builder(OSSL_PARAM_BLD_new());
  const auto scalar = to_secret_number(parts.scalar);
  if (group == nullptr || !builder || !scalar ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, group, 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, parts.public_point.data(),
                                       parts.public_point.size()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, scalar.get()) != 1) {
    return nullptr;
  }
  return from_parameters("EC", builder.get());
}

std::optional<SshKeyParts> rsa_parts(const EVP_PKEY* key) {
  if (number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR3)) return std::nullopt;  // SSH knows two primes only
  const auto n = number_of(key, OSSL_PKEY_PARAM_RSA_N), e = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  auto d = number_of(key, OSSL_PKEY_PARAM_RSA_D), p = number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR1),
       q = number_of(key, OSSL_PKEY_PARAM_RSA_FACTOR2), u = number_of(key, OSSL_PKEY_PARAM_RSA_COEFFICIENT1);
  if (!n || !e || !d || !p || !q || !u) return std::nullopt;
  SshKeyParts parts;
  parts.type = SshKeyType::kRsa;
  parts.modulus = *n;
  parts.public_exponent = *e;
  parts.private_exponent = base::Secret(std::move(*d));
  parts.prime1 = base::Secret(std::move(*p));
  parts.prime2 = base::Secret(std::move(*q));
  parts.coefficient = base::Secret(std::move(*u));
  return parts;
}

std::optional<SshKeyParts> ec_parts(const EVP_PKEY* key) {
  std::array<char, 64> group{};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group.data(), group.size(), &size) != 1) {
    return std::nullopt;
  }
  SshKeyParts parts;
  parts.type = SshKeyType::kEcdsa;
  for (const auto& curve : kCurves) {
    if (std::string_view(group.data()) == curve.openssl_name) parts.curve = curve.ssh_name;
  }
  const auto x = number_of(key, OSSL_PKEY_PARAM_EC_PUB_X), y = number_of(key, OSSL_PKEY_PARAM_EC_PUB_Y);
  auto scalar = number_of(key, OSSL_PKEY_PARAM_PRIV_KEY);
  if (parts.curve.empty() || !x || !y || !scalar) return std::nullopt;
  const auto width = static_cast<std::size_t>((EVP_PKEY_get_bits(key) + 7) / 8);
  parts.public_point = "\x04";
  parts.public_point.append(width - x->size(), '\0').append(*x).append(width - y->size(), '\0').append(*y);
  parts.scalar = base::Secret(std::move(*scalar));
  return parts;
}

std::optional<SshKeyParts> ed25519_parts(const EVP_PKEY* key) {
  SshKeyParts parts;
  std::string seed(32, '\0');
  parts.public_point.assign(32, '\0');
  std::size_t seed_size = 32, public_size = 32;
  if (EVP_PKEY_get_raw_private_key(key, reinterpret_cast<unsigned char*>(seed.data()), &seed_size) != 1 ||
      EVP_PKEY_get_raw_public_key(key, reinterpret_cast<unsigned char*>(parts.public_point.data()), &public_size) !=
          1) {
    return std::nullopt;
  }
  parts.scalar = base::Secret(std::move(seed));
  return parts;
}

}  // namespace

void FreePkey::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

Pkey pkey_from(const SshKeyParts& parts) {
  switch (parts.type) {
    case SshKeyType::kRsa: return rsa_from(parts);
    case SshKeyType::kEcdsa: return ec_from(parts);
    case SshKeyType::kEd25519: break;
  }
  if (parts.scalar.size() != 32) return nullptr;
  return Pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes_of(parts.scalar.reveal()), 32));
}

std::optional<SshKeyParts> parts_of(const evp_pkey_st* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return rsa_parts(key);
    case EVP_PKEY_EC: return ec_parts(key);
    case EVP_PKEY_ED25519: return ed25519_parts(key);
    default: return std::nullopt;
  }
}

bool is_consistent(const SshKeyParts& parts, evp_pkey_st* key) {
  if (parts.type == SshKeyType::kEd25519) {
    const auto derived = ed25519_parts(key);
    return derived && derived->public_point == parts.public_point;
  }
  // What the private half signs, the public half must accept.
  const std::unique_ptr<EVP_PKEY_CTX, Freed> signer(EVP_PKEY_CTX_new(key, nullptr));
  const std::unique_ptr<EVP_PKEY_CTX, Freed> verifier(EVP_PKEY_CTX_new(key, nullptr));
  const std::array<unsigned char, 32> digest{1, 2, 3};
  std::array<unsigned char, 2048> signature{};
  std::size_t size = signature.size();
  return signer && verifier && EVP_PKEY_sign_init(signer.get()) == 1 &&
         EVP_PKEY_sign(signer.get(), signature.data(), &size, digest.data(), digest.size()) == 1 &&
         EVP_PKEY_verify_init(verifier.get()) == 1 &&
         EVP_PKEY_verify(verifier.get(), signature.data(), size, digest.data(), digest.size()) == 1;
}

int bits_of(const evp_pkey_st* key) {
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ? 256 : EVP_PKEY_get_bits(key);
}

std::string algorithm_of(const SshKeyParts& parts) {
  switch (parts.type) {
    case SshKeyType::kRsa: return "ssh-rsa";
    case SshKeyType::kEcdsa: return "ecdsa-sha2-" + parts.curve;
    case SshKeyType::kEd25519: break;
  }
  return "ssh-ed25519";
}

std::string public_blob_of(const SshKeyParts& parts) {
  SshWriter writer;
  writer.string(algorithm_of(parts));
  switch (parts.type) {
    case SshKeyType::kRsa: writer.mpint(parts.public_exponent).mpint(parts.modulus); break;
    case SshKeyType::kEcdsa: writer.string(parts.curve).string(parts.public_point); break;
    case SshKeyType::kEd25519: writer.string(parts.public_point); break;
  }
  return writer.bytes();
}

}  // namespace crypto::internal
