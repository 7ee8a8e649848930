/* SPDX-License-Identifier: Apache-2.0 */
/*
 * iMessage's encryption of 2015 and 2016: C. Garman, M. Green, G. Kaptchuk, I. Miers, M. Rushanan, "Dancing on the Lip of the
 * Volcano: Chosen Ciphertext Attacks on Apple iMessage" (USENIX Security 2016); Apple's iOS Security Guide of the time.
 *
 *   imessage-2015  AES key: 128 random bits. Whoever can sign in the sender's place changes the plaintext bit by bit.
 *   imessage-2016  AES key: 88 random bits r, then 40 bits of HMAC-SHA256(r; plaintext || 2 || sender || recipient), which the
 *                  recipient checks. Sender and recipient are the hashes of their public keys.
 *
 * Header: 2, the length of what is signed next, RSA-1280-OAEP(AES key). Body: AES-128-CTR of the plaintext from counter 1, the
 * length of the signature, ECDSA over the hash of header and ciphertext. Each device gets a copy of its own.
 *
 * Where it differs from the deployed system: RSA holds the AES key alone, so that the key is all that opens a message (there,
 * up to about 100 bytes of the ciphertext are in the same block, and a message is so much shorter); the length has four bytes,
 * not two; SHA-256 in the place of SHA-1; signatures are r || s, not DER; plaintexts are not compressed; the hash that is
 * signed goes on with SHA-256(info) and the caller's associated data, of which there is none there.
 */
#include <string.h>

#include "escrowbench.h"

enum {
    KEY = 16,
    RANDOM_2016 = 11, /* 88 bits */
    TAG_2016 = 5,     /* 40 bits */
    IV = 16,
    VERSION = 2,
    LENGTH = 4,
    FRAME = 1 + LENGTH,
    HEADER_MAX = FRAME + EB_MAX_PKE_CT,
    IDENTITY = EB_DIGEST,
    ALIGN = _Alignof(max_align_t)
};

/* A parsed key, own or a peer's: this, then the RSA key's object, then the ECDSA key's. */
typedef struct party {
    uint8_t identity[IDENTITY]; /* SHA-256 of the public key */
} party;

typedef struct session {
    const party *own, *peer;
    uint8_t info_hash[EB_DIGEST];
} session;

typedef struct pending {
    uint8_t key[KEY];
    uint8_t header[HEADER_MAX];
    size_t header_len;
} pending;

/* ---- keys ---- */

static size_t aligned(size_t len)
{
    return (len + ALIGN - 1) / ALIGN * ALIGN;
}

static void *rsa_of(const party *p)
{
    return (uint8_t *)(uintptr_t)p + aligned(sizeof *p);
}

static void *ecdsa_of(const eb_binding *b, const party *p)
{
    return (uint8_t *)rsa_of(p) + aligned(b->pke->key_size);
}

static size_t party_size(const eb_binding *b)
{
    return aligned(sizeof(party)) + aligned(b->pke->key_size) + b->sig->key_size;
}

/* RSA keys of 1280 bits (RSAPrivateKey, RFC 8017, A.1.2), DER in hex. Made once, for these programs; they protect nothing.
   The modulus and the exponent, which are the public key's, lie behind a head of 7 bytes. */
static const char *const rsa_keys[16] = {
    "308202ed0201000281a1009ef0e446236ae8db5aadc968683236876c808bf2d4e3f02927520b8969bd5f0ce3c3c2c5359f68fa709f058da5"
    "5207f6c8658b109af439fc9307c2d423bb06d7f50633440e62f54797b91b1d7526768460da9aad9ba2ce04e873c1f4fcf5c86df3d44b8965"
    "bdc59ee04c655552775c3b1b761a011f4c6cb56507d742df9ceb9fd2d96139f9ed5ccc6650dc87de465a008a0e974570bd5a906d6e90aa49"
    "987bc102030100010281a004f6e33a699aca4127b8ebe48df49b8d694f2e8fdc246e78ea987e71c152bfe84828f22974be50ea19a06decf9"
    "aff13dbd0ea6e452e2b3f8f6a2b46c29dd8a9e2e320e61decd2a7a1cfc1423bc6802259dc2e1f603097b88a28eb3cac207001e0251ab2222"
    "a431906512299c2494c14bd85a1d0dd8d27d0c693860964f3da097b960c504a5be81a96cbd8fab2722134a63c574cd4ce92cdbdb01b4e6eb"
    "a6452d025100cb3e77d0d16d82971ac27eb202ea425676f8462acf01f2051494d50c797ee0f0630ec78292e02430deba63b8158588678075"
    "4d1a506efcf8741f3aede8b7bdfd5f7568dc191095fc6a8a3e30f3f42023025100c8327e8ba02036876dfa813bfef3de823c3e432c97b16b"
    "b9fb6bb1032a25e4e4b6e875a43516a1f2eb80e022628c772f923c42781c27c8032b393575975b8811ca72172e3979c5932716dbb66ba100"
    "cb025100af508423b0f308897500be2ea90b0f0bec757e7920b529e1adfe2fc421ed0af4f04d68553e826f55645a5cf806407807e7abc745"
    "628a4a55ba3cd22533ef82c7d316c0cbd227176973312a3229ccb40702506941ab290c1a83b0f6d0e38bc0c34574e1e9b675c697c0d4faec"
    "a717cbdc3a9949d5b4ac8e41050aec6948eeab33c12260d78ff7088e9de9949b32914df010fd919c24b5e8002f31ec36677464e834bb0251"
    "008edf111247a5cf0aa346a5a4e745d7334d099f6e5988618367a3d4253c414e423108d3945d920b8a4ef3fece715ebf35c706c8beed7816"
    "ba97965e04a0abc9f2272dae32cc11881030c5c0c224504e43",

    "308202ec0201000281a100d961ad9c172ecfd7d09bc58b87b87c095e4506e6e516b5db7a49f910e9353702b69635191ddae73dcf266d6892"
    "479465ab9f73bc4c54781e7d00ef4a042257f451d379197a3ca9431f44327f642026e7293735b5bb78b043d3903694ffcbb2e3744f59bf24"
    "4eac4ea1aa5c3aeb470055ec045c4acabb0088783797798710ca9c88a57dd8c551b5b43580480c05ba6ba4b59e297116eee0efd2b9ff557b"
    "3db50d02030100010281a04916a97ba8e3c96823b0ac3bdcb72fa52ab804b90f5f9267a7f74531e5674a06b4834e79126bae823eab09f035"
    "f6b13379ffd3b704e705b8228974eb2af6ad21ed7d2fe35c11174c053035d65540e6330626e55d7105fa156f8e97341cec200ae0ac6c530b"
    "2aafa652dd6f4d7baea1dfb7a2d9c3e69a1624c310c24ac5a504b86623143aec78f0f6adef2293ba39252eb793c94b7c42160ddc1cd6d520"
    "d963b5025100ef75f6adfa284ea1c723a39117138eaf5d358fd575ad71a06177fbb8937b22a056d091962b5fe555b29ca7448ba9c037512d"
    "dedd5fb1a1853eae5a0b4290ccee148031ce4f3eb06a01ed46ee5c15cdb7025100e86551cd05b1253d0bfe737fd8dea7b4cbe211c394d75b"
    "eb57dd7eab8d3fb68d909e46d27fd92cc134661e886c221b83e9ab1b71c0749983c0abd7210412ba608e269ccdda4b1f396d164022888f13"
    "5b02502540318ea0f2b240c26ccdde1d3be29f6f1d8cf184ebe55830b16c8c2b0d25b6d1aa826b5cf5ff0414d3ffc54f00aa3130c4b4fdb5"
    "0c39f733680603e86804292931440e370fa67be72ed530f14c47030250724f440940bf7dbda564a7933f2d65f87c40dad4052659444d97d9"
    "72b0aba233c7ead2933fe7a727f18a3982890dcdd2f8e0fd42da937fdf5aaa2bcb45a1a0a355c8906080fb6a8468b00523f75fc8f9025100"
    "eb288f9536d52a2d99d9578eed838a1d4d4a086eda010114b1d52493ca4a774e4c2540c0c1b381c3260aeb3640404f890f1c65a54b2bc56a"
    "fc43f04c999a022ff6d9e295e6881cf9d765bf4cd5fb8535",

    "308202ed0201000281a100da9566aac492e1cdcdb1ddd60c40d5f9bbec233c12ed575e4e25dc3a6cb369ef6da8dc132ac1b836e76059fce1"
    "f745cb95ba71f6c07df063b5b094f13ff7ceec6ec25f4df5c8be0c013585a33dfafade5d1310a5514e54b471b9ab238e6e9a4872a596cb80"
    "9910331e6c27cb1ca5095c7399b85f122d590f3a0495c998af0454f797ac3359f550c32032945e25840a0697e28f7ec916aafdf47d0659d6"
    "52d46702030100010281a01b3144e16facfa2c592f8c726979d364cb0d18610bd5bcedbd791649aa66338296b8d0100e5ca5272767a42a42"
    "8e397f9733e7a393d4d708007d643a13042818dfba8c92ad45f8e6936bee211dbfd05f8867dae7238fdc730012edf4afe90d8abb0c4e0a69"
    "453d2ed1be418cceaa2d7d87418bffccc8978142bf4914caea01864b278a56d732da914fb846f4749a66c1e3403c3cf64d2d4800370591fa"
    "45ca71025100fc5943f3e579a7f391de233c4d072ac8d5462e58edf42a47b7771505f380af572bf88358b8a4b7a3cc2bef428b7dd08c873d"
    "38c377f67f197ac3e7de936b7bd45a2077a129184a3d57d487d2eb0fbcc9025100ddbf10a4481920168c15feeb5f7e2f9b7a9cc2829bb2bb"
    "26cff46fa5d9431e46d188ad15e638f603b56b82e2fd476b59c409c5286e9ca3e08603acb1f307d6f095ac4156971a6e47ad4c983e43f90f"
    "af025100cf0949d82bf8b114042455925ebc379d086609168b3c1d0833fcee71b0836ed83d4a2a313b64610a7133c69c3927e357b889412e"
    "161955d408c5fc51bf6f9aebf179dbcc8c93d22d1c0751dc7960b309025100a9df9b421f3190517593cc2c488584b7196149e9809995a210"
    "2173fe9bc83d438775ab1361c13546760f1cc003c458caf5d17e46912652acc83dbc68be83bcf7a5d1c6642d71c41608feea8a98cc0e6502"
    "503108e6fbcf4ea61a63f82aab9790173caac4d7a03e8ed7df7c2d11ccde4d031c23f8ed8747622c7fccac00f1ab09431de20d558a1d6b4e"
    "a90c82f5d8ab07dd264c269ef81d1a05114125cd88693544b3",

    "308202ee0201000281a100b44d572c23e5356fbacedc4562899455067dba3ce8c7cf1b6c73bf2a15b3f129720bba03afb7b784c558d0e2b7"
    "c4505aa6ab013998fec7095ef1a636dc82b241cd7a9ccc597f906171685a9746c581abd4cd0ef3f65a2007359489d80bb45758b89ea9baf4"
    "0f4a3209791b0faa4e93860e03d58e25dc10cb2a7d484d9114a9d8b334d1b1c9a8e585ec042c80d3159fd892cfd1708cf98720b743b2e8e9"
    "dcd25b02030100010281a1008be77b5dd7d8923749481c69868564e0f8f17422b129e1cdd0c09bb42735024b7ba017cda67ab2df46569d77"
    "5ecae8e2fe72b0b7a5bd046a840e943ffba93a728ee3b6696684f25e7a26542d10104f85dd560bacc172e96ce9917105a56b2caae455d7b3"
    "bfa849aed9fd4faa1796efbdb6974cc336869a4c301b4569a3ffde5be0b5fd0f2043f2787a16fb0ca95f302a5198138dd1d9040a3bf5c50f"
    "ebe433d9025100db12e3f82afe77bb126e216307da93800bfcada53fae588320ad0e4e53632d4a6f00395c436e36c243eb085d2e6eda3441"
    "7c46fa051ff1179198dea76f131a519b7d4dfbe02a68ff2ed0507f7e003e9f025100d2b1704deb9bb79a1da6a77d2496a276fe07deba5563"
    "c583603eecd3aadf9525c9588f20f555493d4f0fe9f10d84a8dda6ce6a90798be03cb19f74f4bd28e8b8d1f798b9b5fdfb1a32c3d5a4f1ea"
    "1ec5025100c415f07f1cdc90069dc47d95ca5dd650726a4472f8c0f0f0cdba98677b33f641fd80d1d6c7744b072f0b9c7ceb26c5a0a84cb8"
    "aae91362149a799e3177b63d84760c7e54c89cad465b7c91d0cbd324390250424301a1cfde6a30b2f08dae42ca890fc936aa6a899e5628ca"
    "25201035a6195f07e2ad28dd5f54284eec1f53eb3f74683924a3c90a20de85d80ae11a733f2169b6c71aa615416a2e4416e8e2f61dfe4d02"
    "510080c127b2b77f59753b4ca21fa115e85060fea02da1f728b423796244d70e2ff0b06b1fec572d4bf87d520f47171bd6d26f8cdc92ad1d"
    "e6f117e0f279d2a68ba43473eca2e71656e535942001b509c660",

    "308202ee0201000281a100b6c44af84a6fd6f549454807fc87e24e30aa0164a971e0c56721e93bbcd4b43e5208eb8cd2bda28c6512cf1eab"
    "c8b0e2496804650021c6e23b3635223ff980b55c0a1bc616c8cb2a6257878d76b238b6272cc478716b0c52f80cab1db1b35e42c05dfb3235"
    "23693e2d1a7eda8801d751b7ca9428bf07c595b3597196fac89641246f2962d00ba0d0c05cf54a07c3464d18cb48c81d90f841a0b6e97511"
    "cd420102030100010281a1009a030b91f3580f721f4e4c86be5cdb6d3c40e66fa7021980ff8969fb37029ee8ad446b09fe4463079fdc9bc0"
    "a2cdb990d67edac529b94cd9334058c205db0084d38c891f01f02e9406ceefa15bd68f4632908c77cd43e38abf77dee605bb459e6f69d862"
    "58b93942da3299fdd0ce10874bf9e6f696e1ed87d31252c774eb23b5ba07aca10c38dee91b8d295cc764eb69429be59c84e852e8d9f17335"
    "064d4609025100e79e8d1946cbcf385664a960aad4d0db40ad9938ddc3793f6d6d41573a0724f7ac6f14015668236a8de13bfb7815605132"
    "62bb2a35f0e6120be8bf02990fa7f78a1628fcf52448f1f80fb545f28ba0fb025100ca014f986108f15dc6cfc255a49e5ced781aa1170cba"
    "08785e40178bd6e995e48a9b0567579980e0a6b021fb5642eae01323b75b4ca2e7e77083cd360bb9d38a24773fa0d55a3ee2b87c920a9b1d"
    "9033025100cfe5dfce855e6104b77f290d4ca93342e9be289f0366f688f926ad14a7504c5d475878c36e9490dd8eb651c9b912aede92f44d"
    "fd68676f8b5947335418a115ea39f7041971cc7cf13bf0958c5056064b025100b99916be947918fae64dc0e9db443d7159e66d97b5f3bf10"
    "88d82e4a277d9a60cf10bb98459e1e114a558e0355304a88f24ce08c9c0f192f45eb734272e79b7ad322556dba591e6a44c2ff938b0d508d"
    "025032ea1ece31c7238d8df203dcb6d738352d8a4cd8292dca306cfd2fafb9db23beb25605f2d3a96cfc350ffec7c2424324872a678402d2"
    "ff0844c90e19cc19a40b88b6b9b2d993bdd4438233c95402403b",

    "308202eb0201000281a100f05d9c531fc854abdbe3caadac834c3a592877a419daf57d01c2e22dd69fa75a90774493614add2dfae7398e68"
    "41831d72f8d3ce675402c82d3d0af0e62de5796f16ad7dc44a584c0dcb6848638704008fd3158cf595219f31e532b784f06e84ebca1dc072"
    "9eb9b6d4d04640a1c2fe75bb6b860e5dc91028e2bfb410b185f97c6bd176c24d86f4d276eb55b17da7f3349813f75e730fa91c34d8ee870b"
    "33ebfd02030100010281a0349da93ca0f66f62776df3cdf4b781163cb2190e79026f3e80063310a9aca52bb3f807b0e35949f568b8f8e66d"
    "77f9c596875586172452bf92f78bcf93f3740a130139d51004de3337c9d0f817a154848654c2280f75b051a6ac55788ebca86ef41b390cf3"
    "7004b0f24be578157f59b24a7386239d4aaeced6e3ae41e3c59f95a28e93c0a64f3994b85599cf98ce5ca272b1e913b5ffafb7ac2fc534bf"
    "e27e59025100fe3fda808c7a61f3dca5087b37b5f4debfc0a3587743c569d46643b623c935d41330136d932c78512b3d872229cadf8ffad1"
    "b28ee4794663e70538cf9fe3e37a16e4bdcec0b204d786a67a04fc354c13025100f20549062bf918f9d4fbb5cd04b8b92ee37110558eb311"
    "b10e9a7af5143cf72d457ba4774258239c5eeb0bd1d5dd16cbd19b4272afc1a115c4b6a4b1da6048aca227b2ce10068768316fda08fb0ec9"
    "af02502e532a17c400c47a2f58ae8bece1ad652ca107e22590e6965ac9eb4a7388c4d3084ff92a3ce79c6085b5673ad54c8ea1683cef00d4"
    "2638aa193cbd562f36d18abc431f465d9bd200071bac1dde6a439b02503b0e7f1b3a6fb66080504bb4938a5fe5c92a35ca2ae01759152f2d"
    "01d0c66faa64621f67da90975ff8e97220ea06e1212b2cafb23ca10b25bcb2b4cd91741d47c2e9dcffdb793c61786ecacd9635ad9102502f"
    "7dcb96b1f0da26f2d76fe731ad5cac756d25f7e3074c0b13738cc59f6f3e8da904cebe3be9ab3627bad7ec9e9f3888991a77ac68d06ff3ea"
    "f543a05ce0cdcb210359eba1b6293ec51add3a7a28a627",

    "308202eb0201000281a100c7f523d2e568309ba4b01632c5938872ce339a4ca1904408608791a2a938de24e4662db074d809a8087c66fb7f"
    "2bd0229e3e0daf7e05d8533fc883898c12471f3f7e9ca62c1d663c119dccc336424796d354a16fa832c6635b27a3c58993aebded8374eda9"
    "67f4786ba7e90578361fb2d3e951f3865c2e76120e2c6591c6252d909f47475766ed5152e89cf8cf70ae186388b4e919fb7172b2280021f6"
    "14322f02030100010281a00a93fa582ed0ab39a0a5bc16e582df860b488992223dea8b72e7d9197cd048583548fe83c63aa390231ac9abe6"
    "57600464d0ad92aa1d0f0ba065302837a3c3e5704b7768070f6b18246a6fa9a8162b8944157a80c55b13324889968ca856fbb29a48f021c6"
    "e3c5bac5404508e42c51d938dda0c513645bb6466d882815be2ce02a8656b801d3f4dcb715a2755709ef35370acf4f035d8a615eb9ff141b"
    "672291025100f3cbb6c42d9b5e528ef7831016a60f5a35a5b40f1fa8af656dfd63c89254992c424b5278355b4586f0b19994cbdd79e44b57"
    "83c17b82a5deb276c4089ea4c48fce30b73212b5ede10c602d7c1a6f4d09025100d1f7a1c5b3c115b5678e0b6cccab4ff822d1afd56163f5"
    "826a5aade94bfc1b1fa884b2b601ab19ea9da5a189ac6a48e84a56837a9854e8126b1b6a672eb5726b8bd10fabc14e191980e866774dc80b"
    "7702507b2a1e926b8c0391e7e249575669dc75b1869e39c9bfb9a49f7594f49e6098e59034675c8d7027e6ed307c2b7cf6cdfeb4c568add5"
    "cd022948b5d1819d4c1675a4305e4cb0c132853070626a411c9ba9025001824d1855a562998e27f82f0cfd82329f55707511211dc7952a17"
    "abe08eec46faf8112cbbb0561c588bb330811bb6706cf0583b8e52b5e443fecb71f864f7708c6db13623ca82e5ab06808e04f2161b025044"
    "5dc8d504b42b012da2b1fe61f7a0bbe66d4e6ccf42d8f67581359b9b3a5b9c9fa170fb2204879e043e825f0e5f90974fd51b02ab982ebc2e"
    "0b942683e139c612b2d8513e5d2d5a7d02c0f66a89666e",

    "308202ec0201000281a100d38c79049bfdbb3c1ddf9bbe8af05c15f2151c6289b4d9bc282284c361bb73464714f1aaaf3a9cb9cfc790f653"
    "cc396ca109813fc9a79b2762b28b2b4a8d7b722d0f5fb31e57bc69cdba72e4c89255d5fba3b27306a4448791d79fed54c9f6542d820215c3"
    "ca1508dc0687690d9f3b674300182798f714acfea4f167180e469fc35c85f429fddfe40e22c06e41c6c041b814ecf54b402b3064314a461d"
    "e002d502030100010281a015e52115600bc7d8360351bc4be70ab0dec85e92b84bf68929e240b9742111924183226c170ccaf1d45684636a"
    "52e5d29f6c3b6b5db4b233465cd2589db3bd061931d126d9ca1cdf1a82e4a7573706191a402ce6b29b6b5986d304694723baf90e64f7972f"
    "02bf92ef299a69704a712b428b16be5afcd5610ec93c02de8236a4a8e136b078a03a5108a7424c625d64dc52c724bd77d44516593a6dd542"
    "11e4c1025100fe6cee24449b49f6acd55d54be6e7b5776be65a4319f3cfd245077e5ec400e672adfeaa691805d6d0f31719f7139f2273a2f"
    "a6125bdbeb1e0c05f404acfb09cbfc0a1c29c36d435376dc0ed7b0e79bd1025100d4db9d96f9cffda9af219d470b8b4b673e7b3940e64ba8"
    "29f55c4089681a8b67239fa84c3d334bba8362f035285ad5aa1bbadfbe3402111b7e624841663b313e4e591c0740f492ff38dca56220292b"
    "c5025100ccb1e91ae6d3a53b402c5d6d8bd4a98961f0a727e6007e7a0fd869ce6337da1ea8c10431c50868a210c22fef1e92873f8631c5c4"
    "298192f556a9077d278ac58407203f2e5e9baeba1cfbc939418be5b10250382ea74fbc2c2bd5e7c5c58f84fa853281096139420fe219010c"
    "1274b2279f77dfad3a6cb5129f0061c17189765753620ce3ac3eb5d77dd075f15704fc08cf9c946d6cba7568988c08e4243adc2641c90250"
    "05ee362b70479d9321ecec5f13c6ee93303b852c7857c250a127dc1dc45022010d9d4749a1d1d09a37cd7175b1c38cd123913cbb93e9dc0e"
    "ff107687011e5f59bf656d2671fe85cbadafa3f26c416ed3",

    "308202ed0201000281a100ccc88744ba8f2966f5499237256b0f930ca92cca226907c75aab73421b64814e7518e1bc65527d3e1b99cc1948"
    "92ccfb3496a8f6fccce83fecdc5d4f8e111629d419c5689f2fc8a0b15f0d28c9eea8fca59a2d880ee175c551296724941311d3760b0245f0"
    "22c1a7a08c5eb825257e4471cd79af791fbbb706847e5088a5f28b66225a736ae68c6b2c719044c720b8ec5c253bca9476ed24050018e647"
    "88e81d02030100010281a10093478d71b2b30fd5ca87d52ef02c65911ec3f540932af2bb3fcc9b226a4d086a82f11838c4ae6500ec1cda9b"
    "3c84c803cb38a7e0aac43c2ced8f3754e61a07d4a184bf6395496a8397cd82cb591fda4c40b5e008dd1e80e6616a0b98243258ac886bff73"
    "6b11c4c7936a07f0b8518d494abc23d1f74757877c5bfc38f8ed82e9ad429d731390f4986d150d8231badab0dd090c0d85def5700a6a9e3a"
    "44255a41025100ee99e4711823300a0c8fd9693b71f4e643d189dad195f0fc1f1e6fcf2bca5c64f83c38e98e54d9a0efae8ce2e0eee78ceb"
    "4f0af397c5d9a0184632f8bf6ed104eb46d5ceced8cc4254bd5325bb26d505025100dbb756baab2485babbe6e6ac95c2fd26060b10db6ce8"
    "2099d1f4d43fc11b93bdd280c2b0967afbe6fd475e202a66a0acc51fd5837283e26591b0aaea29682afe4959d5e8baea556b35de28bd178e"
    "b239025100ad70925d1f559cbb014ca3965a0ec91d84d8d1238dcc37c39d7f4b7945f4b05af91315afb8b5b708c4919679e955e05d504341"
    "cbb65cac88327cfcda5295643cf625a48fd34e469444f2e678fbe50b5d0250599faeac1455a08b2c4ca2b9b1994943f2611f2e327d7996e5"
    "32f6454f531d6fe7e708039a4e6e64a9da2bc5f925c5d2d3d209794604101c98523555b13041a15a705fb640508829645ecbc55e4fa1d902"
    "506af42bf2fba57f6bcabe1449ac96ddcfc5b511abf6e1fd5784eb5be088b929e8b266b61bb1907d645ca8084b1bf64d0be7500695dae768"
    "f84237f2e4fe89dc6ee63dbb61ba4ba71b86ed1d23248fc764",

    "308202ec0201000281a100fa5fce71bee359c12ed6fd8419b4635b52b22e8bbcb6b51d25a2c463c17d726278fbb84c52b88b9ce89f824fd2"
    "7c2860aef57967f695a3732786a99707b6d3609e7554ce201137ff6391d8dae898bef411073df82d535565996a950cfed8683a334ddbf99e"
    "6d63264d7b3962ee41ff7e14a0bc1da8ccc43e11bc09b5dfccad823c3747911a5c2a831f3520e0ba8c591b9532a2287aeeeb284939d100b1"
    "f76b8902030100010281a003d1080d95d25360ed7cdb7a7305dbe9dd75d7ddcb6fa18d2330bafba64c6a3cf4092a430793c6950ababbbac9"
    "c398bdf88cc75ffd53449d91c1acbe1fa0fad1e33878a577b9ab77da25b3ff8a4221cf00e769e0e98be3a79f76019044dc76721fd2434bf9"
    "26b94f43b005d51faf5621a15c8c55b0115a6efa85195b58924a8488a65c37e854be77f6119b54a5d9735909f0293fc35f78edbab939cb12"
    "82235d025100ffd7554206bda7b0eade04836d2a28f894ad187b0a9a05d257f15af6539177be353b942b87b0980317555e675ff2470a1dd0"
    "ec92e2e211ac4668ce273702316a575237b616566efbe6c67cb908672a2b025100fa879ab9e2ba4588d51524953f7dbc6a4bc20bf4572ba7"
    "a5316dcdbae2d5fda2ca14835e6c2ec042ef1b1aeb9a572c99a537c025487aa92fe2e720b07fabac905e1d19bedaab5ee890d82968a4626b"
    "1b025100c96832c544db3f4d66c89b92ff7886429380e559cfd1cb2d79701724fe4af1927b03c934afa0953b31be52105d9734d7c0fb3d92"
    "b12c39af7eca7928a40484f46b83dd39eac1e6a3465d11c8f4d58a7b025023854e7ec492bc8126151556c3e5c3ed1e48a9013fcac4be3b3f"
    "e2477919f6183aa6a5e9a1550f956de95debc1ba526c866c5d25ec1cd8181e07bf2ec72b44104407c43ab72e4d0a945ed1a0308e73b90250"
    "75594f524b137e5bb9e406769a96e2aa44ef4be303aa96102548102c0ccd3e8adaff254757d3ca708d9e1aee1b62a8429e8690dee7dcaff8"
    "7b72d5549c7ccbe56cf4ddcbf7846073fb96022a1885a685",

    "308202ed0201000281a100d8a5e46c65e687d7e6ac2f27e910eb896a923324ede04719b9ff089940ab0f5a6364af8536f1aa6bb85032dac0"
    "ed86667143a6ed6dc3cbc3b6ae7f0dd3cbe4e6485cb9dfad41aca454f95bfe3eaca0aed46fda149f355b21a8ce0fed7051d5d2f4297b6413"
    "e7c899566b4d4b2d4447fba5bfa9bbe61634c97246e128f68fab31418220a99a46f237902485df287f251576a540ddf564bc326f139efc74"
    "50a72502030100010281a100b5be24eb92685bd91097ad4f6bc357f40544f446ac8f12d65023d450cbe13495fcff8006dedac8be68f64e53"
    "18b9a99fd2b0901e6990712593e0ba911cf5d4e6221a378b9eca934ba04537990776c5ab98f8ab8a91676749d9593c9b2366d4fd8bc23206"
    "21129363f5939c425ab921257d2fe272648c5821df8258bd2115ff163ead6f8c6aa2831a568c52a29fb63f79508cd6b50350c85441c502ca"
    "3bad4401025100f4ec3233865ef9dd9715f459f1ba205abe31a9d52e4586a7c963914eba8f4f28193a6b775c33b164f13f75d598952b8133"
    "979ae70e5c7fb1deed7ea3c07d649f9a21804f95f5ac10c4bc9ebe97c8e0a5025100e272527e5e11abe2376bf5002f31120be8992ec98b44"
    "ae258c95cfb85b8539cc8b4b4a919433324221d0506c61d42a9acdb96f00076640ce74747f23b41b6bf53b8f7fc47faf61048d95d4f7f04b"
    "64810250215aad37811c1c11064b521c91a3d4562742a22b4b02e2e4a4b36f8d7630a00a08ed80c71f8256ad35817bed9bbaecd2ca90e1e2"
    "877d2752b4d64901c9ec09b1068f7b66db383ab789e35a0700aab59502510099f65ece5a892b53a898f74083d59a4e8c7c324a882d4f366a"
    "8aa56bd4961581542801f04f522bd6b904d8d987fe68654e80c8cebd3931d0ed6f13cea3b38d48749191ae799e359991e690a16f38e38102"
    "507d8122cdc2868f66125d31ecd189835a027ed785f20670049ede8ac265fc38f05d314a9070469029c6f66a918f37f13d2b11bf7793de2c"
    "b27636c8ca3469bbe26f178f9cd81dcd4b4e6c80538889a84f",

    "308202eb0201000281a1009ad4f841faf96348d7b92620ecf7c32c02fb8fd03bbf1896bb5a408c06d6777cf1d42013668de8d9d404f95b80"
    "064b6cca5deff6c85ae1455a1c7df282fc0640ba9f33deb21e9cb437087a83b74e65215073583efbfc3ac9f5857896c28e58297984e2484d"
    "d8c84b73fb25a566bddef713bb831b61d37efd10b512f6e584c43a5f48917fc915cebe1a8a8edad6419c68691c538fb11f2caf67f471ec00"
    "a3e81502030100010281a0604046b895b19504027f29f1cbfe5609352d7780a6b3ac307ff5a22caa4f86e6585b5b395446a1db504f6b4873"
    "74f64c821d1580df9a87721a8b9dcc359b40b3da8fffa9d026f199a2a095b0ee3240f116405f7a51528bd5910eb811c7381b5917cd0ddc7b"
    "82cf26b2255bbda4a0a19109b8757ca0e25f4d109255180d6197d8e43326dc7b1e206a07fdc374de9c1bd81f34dead5218e288686e606d02"
    "957e9d025100cb66218ea9ebeb08ac105d126be218acb581c06028bf6c444d4ebd7916161a43342b57b56db591f56e11b8a59a706a9295dd"
    "b90605118cd27ce027fccf738281f1436fb34c04cd2204152392f9d44f4f025100c2df7ef21e0aeceea482e15d8c510e8fe122c2898ca031"
    "ecb6d002afcda400d6b6cac4dfe26a7f23b949b82abbf0ff4cf031736b3b5b6eca611fdd53f4ea732d186fe9282389e73363f158decf8319"
    "5b02503b5b198ddd6e784f368f2be9f54bacb1b1e22476ab4d7955d14d9a235cdba45c5a3c0fc36539a8577c0075e6f5d3ba75fe800ebf7f"
    "f9282440c6d54484718bf349a9c94e04701e40bffa3f4063e19e2702500b62ad730de84b8181e117b3b48003deca2392c42090377a820fd3"
    "285c5669aa21d1e500c3a4bf3ae21779881da4edf59bcef7d45b0a7385a5790c205c9dda0ed76faa6aaaf0e2ae30f7a7de94b72f23025018"
    "c242ea32f4fedeba822fb22d5ecfb87ba463319d5830a58b0cac4a68ccb0ab55876efea344a90905a8521bca29d2ba2d88ffc411d87fd0d6"
    "60d34ce4ce06d898b43267d525d324ce745d208a052f95",

    "308202ed0201000281a100b8a593f842428c4db452c6fb340a93bcfbbf37cb83a3c0ee39a8db02e248049f1f5bf7ad71280f1a9240781082"
    "6300f1a06a8735d17f1c29195859d75793e63365a069057037e0bfdb4395f7be07e1c92f5af4272fed3a90183277646c709b9b8151271414"
    "3d176642cc8f016d1e863f0fa4a1d7262d11c43abd69ad118d660896619afdee8952e2db0991a726e545e64cd20fbf8a57a42c31714f6ddb"
    "c6e0d902030100010281a1009ee3c4c7ede4ac2d358dc1b26a9eeb70c5454fb2ee0d5cb8e29f1e0f863ea8d370bdc80cd501beb583c2bc4e"
    "a094a73c456945fe96cf05a18c30cde693732eb56daf32903e77a70c1197401696ccdb89b6395e5cf383ef3beb1f7dee09d763c0d2439a58"
    "810f0c58b53f87c60c4b5906b8cd8aedfc4f36bf202797f975c5090cef4f96a4cb23fdf22c3dc20e1f8a4fa6a1df3f9bc376344b48f8d2e5"
    "71bac10d025100f51e0a5cc224a7bd544d09bfb189046def34fe3b58b0641ebd6f4b21a55f8b9994b9ead1a943a8f06d7c2b867fb86f0fee"
    "687866c0c7bfdb21ef5d8e0cfdbf3a65af864eba47f34456aab6facd8de90b025100c0d83d76d7388b32a0792c16638d047d963ad7dbc800"
    "d486f160e45b98cd5bc573b502a8c2a52fbaa765bf84e0865c732fd13295ef982dd768c5f5b57d7f401b4c2fef5e5770b430a36625b3765f"
    "b42b025100dd93b154569fe20e1125aed95d7879cb9300398d9647a5c9effeaa5118f83ceeb1763b221a3bb27cdccbf1609d1631379a914f"
    "bdbb291672d5c356b3f16474382af1b79c7562533304913fe58a696d2f025043284b2762c60f3bbf44d384ac80848ad3d18430c6d2fb304f"
    "4925dd7c362ffa70541e2bf5351f8d0a14d600894c614fbfdc4398918ad69408a9bfeac75c944fad55982fab95d53a86fce0ae41d00c6702"
    "50793f666c0c51e9ea7310933c045bc106074f589bd902d8db1c8463cc6e0300f665949e416d1ef93c20f25e671042104ba0776db6904bda"
    "6a5270fc85c9a7ea1d8c68f3b10e14d06d4f57dfd43ef9d1ce",

    "308202ec0201000281a100ad7241cb9fb2493c278601574fcec7d8b5dbd2ad9654ac079b1d25a3b5e377b0484a888c386d4e756ad99aa93b"
    "357b21f5a980076c6ea753139e17a98ee2dd828da9488c7fdb8595f8f3d8a862a686f02122d14c6a93c9a825a8db8f813a7a2301ff089f19"
    "d7d2ddcab2682e9bcf5a12a89ae847769b753ec06374e98d3ee92719a4b5936a2c1b8cf8019b9d9ce0202bb20c848b211645a0f500ed2b6a"
    "47bd4502030100010281a04bd7873fb3aff0e815dc39dfe4ece56434794fd149c7f2854ce55cdd0e1ecdea4e6210fd477b3c70896d677c92"
    "805b3c494079d4452cc98bc12b42eb88a858f5ca5df8743f404d547bcc9cb35c97b6aeb6c33e4570283bce8465bab19ebed7757f26aafc5d"
    "0b80a9733b2eafdd3371468dfd5d22085b5098d67dee074b058888e09051b1acb6b3f18f0eb06002fa455c760f6c0d8f7fec74edc8fe9665"
    "7450ad025100e5e5a6fe53b7a1d5126d70dbae8a96505b5f2259e5a43d0ee59644b547958c821d0701faaa23b324f624eaa49d741fc1c1f7"
    "299f6fcf543d8a4dcaaa1717ba2603a27edb9da782c3847802e323ddf073025100c123c48a54ce5857db67f2be6319084b5564a4e0f221e6"
    "65397cd9c1a2bcc295f043db4cb47a9bbb28cbbbfd5f3c650dd296b3bb9b06010b22449359abccd821011c38b8ac8a0454422e4f94f2df45"
    "6702506015b6d0ef2e7dbdef20bc9da47a99ce661201ea6eb75129abbd3d6442d1f752de4cf27fd0a2711a4ea2294bb9df31f2aa5de21098"
    "0ba05ac436353117cbbbea6d7479eed21a93e5a1b50307ea12b58f02505c03e5641e293caf86c94c3de64a8bc81043e5c581b622e500f179"
    "71264e15ca87705caf7ba09a471d958ad798a2d666327937e1de668ae2ba0dbfc1cdf6c6d55a890e80f53abffb40987db3b1ce2b6b025100"
    "c1c89472b61b264246055c36c483e1d62f4440cc43664fb46564bacf1f8aece5ac79ccc87391ee7418d8bbf01f2fc69ee490147199d9bfb6"
    "495ddf98a105d1fe7d2cf88624c8831254dd5471e75bf880",

    "308202ec0201000281a100b16a07b3a540e7fdaa57a8b3bb323cfa8b2d507c6ec61d68015928e98828553632a7434b3d717d008a51d9d2eb"
    "003b289c87d5a937d2e03e011fde3893ec069e7f17899341f8d78b7addc2a39aae40a3d6c077fb4a75f59391e492897046e0758cc34fd0e6"
    "e7d6fa828772a5c488cfd4bf91e78fec060c35130a005dc60380f371929d30d4258dfde92a55e8ddfd837b2579d78240d4937428df0fba0d"
    "eef5bb02030100010281a02b26a2e0eadcb2905c121e123901ab1b3526bc60c780a03e5fb593e1d9201639ac704a49ce93ffd755cd3ab1b6"
    "3ec424c88db1460b31db20b99d4aab702f041d20c454cde049ea031ecb394019ab3045418a2d79b2bce27ac9ff4dd2f7631fb14831bf2dbc"
    "c8ad9f9439eb03a0643dedb7fc2a1331638081ed14aaf423371785c87e7620cfa03d3e2ac19feecf58617ebb486d48129fd9131b38266277"
    "762b01025100dbd230bf6ddeb9eb2db8a20d7328a2a1ac7f66d51f727d6bb6f58a6d78daeca0888cd5563c5eb67486da8878934bb3ba5000"
    "f8075cd7efea53bc305536fd449eafae99fea4d218ab58a26c67ba2684e1025100ce9d17f45bae98e066d60d5b34d87d9cc2583864bfd6d4"
    "30862a6d5dd26500460b0c7d74276b6e9726a4a4a8851651febc62b50a89b9350104a275be101cb0d6baee3e1590f62673f24be6cbf84b32"
    "1b025100909585dec38375c20c469ec03df8824fd8c7cb796ebfbd62f5ea36ec9e4b50cc9e4413a62efb15033c17cd1f91b27f3a9298b08b"
    "173428e775c0180254b2ed497ac05b25b47f441e9fa3e5adac30ddc102501361e151671865f7072ea56a1cf70231a679a830ab5e77e16574"
    "ad75d3baeddfa441b3b325cf8a3c5bbfae42b0d97b2fae74840f4d0436d8b59a97f91081e085045c3d2ec0be96b4e1d20500b57638690250"
    "791a39ace7ec03cdadc09f686ce72d7370c5fa5488e2bc762f35cb2fdff55ef5ef6cf1bab6a51ef6386ad1c3501c1ade50ac1d2670677e0b"
    "9447e98774ec1baa4fabe88266b181f9c88db5aa75fff841",

    "308202ef0201000281a100df5f210b808b13f7d8ce245351f9b58a5952add1f859ea78e4bda8ecab4ff7f1123831fd677ab007427d1c5551"
    "9843d7e55b55b1b1c749d7fffade13f0a672f0096b799a6be9ac41d854d9518ec307c3a6adc1d97f88f4b42bc701f6bb4767dda581b725b9"
    "ab7e84f12387a0ca04320b7699c0d6572dde8e65f8bc5ecabd31972340a998cf05c01f37354da1a87ba4737e9191ea3d96e761e47632acaf"
    "ce49ab02030100010281a100d3f504fa5123a7f30b7bb0e48f69106713936cf54d60a529ca845e03161c6ffe0577e597bbd5a3ab7fe0103e"
    "b58a72f62ee19853618ae5fb5d1fc413cfcb624d7be2cc2548391807f32bb07bbfa839781c905945fead634748ed6e2b88b26ad25a864031"
    "93ffb6a66bb4dac10e6286219ecca1477f59ec87817769b50a7f6d206d9f183806add7d103d482d2f68c3e79fecf51ff15de45f43e083edc"
    "5f1e2d41025100f3561c0a02296bcc2aa4f2e245d2a510575e010e3df874a40df38eeb52ee97662729a64f46dda5c6e807f70d7479734dbe"
    "cc459a3eb85c4fbb8ec4298a5fddefb87b92b961b0d040a91d534fbf724f79025100eaff09178fffbe2bf17014585a869cbed36e4ef6f1f8"
    "83d9edd3d976f03623a0a14c7000cbb59694d136eb911c166e0c28e5fbbbe9bd2f6305883ea6228ec134127363ca180f8958716b8ed73ddf"
    "25430251009caeea990b314ea7052276fe79c51be1fccf9bd066d8cf8a3f2d7fee48d536896158312d44cd3d8c69258fcf8b1b14c28fc38a"
    "61ba570da18d7c6d14ee73b23d4445d58126c52a232881a87e66209dc9025100880b9002f11db8c60de7ba0f9090ffebc5d1c5ab57586d54"
    "dc47da4cee32199c23e571ae3440f365425dce30db16ed2ce2fc8a2936df8cb08202676a9cf5124b08277f6cff52f74b99961042f211deab"
    "025100bffe3bfdf62ee90f527294bc2f5be7b7c15e2f6fe40c0c60062a200f40d9f84e8a57527a4affbe65bf04e6110acf31c2f11b192ae6"
    "5efc2aeb698ecbe38a6cafaa0b6e6a100d059d296e948f19dcfc45",
};

enum { PUBLIC_AT = 7, PUBLIC_LEN = 169, PUBLIC_HEAD = 3 };

static unsigned digit(char c)
{
    return (unsigned)(c <= '9' ? c - '0' : c - 'a' + 10);
}

static void rsa_fixture(const eb_binding *b, uint8_t *sk, uint8_t *pk, const char *hex)
{
    static const uint8_t head[PUBLIC_HEAD] = {0x30, 0x81, PUBLIC_LEN}; /* SEQUENCE */
    memset(sk, 0, b->pke->sk_len);
    memset(pk, 0, b->pke->pk_len);
    for (size_t i = 0; hex[2 * i] != '\0'; i++)
        sk[i] = (uint8_t)(digit(hex[2 * i]) << 4 | digit(hex[2 * i + 1]));
    memcpy(pk, head, PUBLIC_HEAD);
    memcpy(pk + PUBLIC_HEAD, sk + PUBLIC_AT, PUBLIC_LEN);
}

/* The RSA key pair is a fixture that the first coin chooses; the ECDSA key is made of the others. */
static eb_status keygen(const eb_binding *b, uint8_t *sk, uint8_t *pk, const uint8_t *coins)
{
    max_align_t space[32];
    uint8_t *scalar = sk + b->pke->sk_len, *point = pk + b->pke->pk_len;
    if (b->sig->key_size > sizeof space)
        return EB_ERR_UNSUPPORTED;
    memset(space, 0, sizeof space);
    rsa_fixture(b, sk, pk, rsa_keys[coins[0] >> 4]);
    memcpy(scalar, coins + 1, b->sig->sk_len);
    scalar[0] &= 0x7F; /* below the order of the group */
    eb_status s = b->sig->secret_key(b->sig_ctx, space, scalar);
    if (s == EB_OK) {
        s = b->sig->encode(b->sig_ctx, point, space);
        b->sig->key_fini(b->sig_ctx, space);
    }
    if (s != EB_OK) {
        eb_wipe(sk, b->pke->sk_len + b->sig->sk_len);
        eb_wipe(pk, b->pke->pk_len + b->sig->pk_len);
    }
    return s;
}

static eb_status identify(const eb_binding *b, party *p, const uint8_t *rsa, const uint8_t *ecdsa)
{
    const eb_bytes parts[] = {eb_range(rsa, b->pke->pk_len), eb_range(ecdsa, b->sig->pk_len)};
    return b->hash->digest(b->hash_ctx, p->identity, parts, 2);
}

static void drop(const eb_binding *b, void *key)
{
    b->pke->key_fini(b->pke_ctx, rsa_of(key));
    b->sig->key_fini(b->sig_ctx, ecdsa_of(b, key));
    eb_wipe(key, sizeof(party));
}

static eb_status load_own(const eb_binding *b, void *own, const uint8_t *sk)
{
    uint8_t rsa[EB_MAX_PKE_PK], ecdsa[EB_MAX_SIG_PK];
    eb_status s = b->pke->secret_key(b->pke_ctx, rsa_of(own), sk);
    if (s != EB_OK)
        return s;
    s = b->sig->secret_key(b->sig_ctx, ecdsa_of(b, own), sk + b->pke->sk_len);
    if (s != EB_OK) {
        b->pke->key_fini(b->pke_ctx, rsa_of(own));
        return s;
    }
    s = b->pke->encode(b->pke_ctx, rsa, rsa_of(own));
    if (s == EB_OK)
        s = b->sig->encode(b->sig_ctx, ecdsa, ecdsa_of(b, own));
    if (s == EB_OK)
        s = identify(b, own, rsa, ecdsa);
    if (s != EB_OK)
        drop(b, own);
    return s;
}

static eb_status load_peer(const eb_binding *b, void *peer, const uint8_t *pk)
{
    eb_status s = b->pke->public_key(b->pke_ctx, rsa_of(peer), pk);
    if (s != EB_OK)
        return s;
    s = b->sig->public_key(b->sig_ctx, ecdsa_of(b, peer), pk + b->pke->pk_len);
    if (s != EB_OK) {
        b->pke->key_fini(b->pke_ctx, rsa_of(peer));
        return s;
    }
    s = identify(b, peer, pk, pk + b->pke->pk_len);
    if (s != EB_OK)
        drop(b, peer);
    return s;
}

/* ---- sizes ---- */

static size_t header_len(const eb_binding *b)
{
    return FRAME + b->pke->ct_len;
}

/* Behind the ciphertext. */
static size_t trailer_len(const eb_binding *b)
{
    return 1 + b->sig->sig_len;
}

static eb_transport_sizes sizes(const eb_binding *b)
{
    return (eb_transport_sizes){
        .sk = b->pke->sk_len + b->sig->sk_len,
        .pk = b->pke->pk_len + b->sig->pk_len,
        .keygen_coins = 1 + b->sig->sk_len,
        .own = party_size(b),
        .peer = party_size(b),
        .session = sizeof(session),
        .pending = sizeof(pending),
        .coins = KEY,
        .secret = KEY,
        .header_max = header_len(b),
        .body_overhead = trailer_len(b),
        .sender_key = true,
    };
}

static eb_transport_sizes sizes_2016(const eb_binding *b)
{
    eb_transport_sizes s = sizes(b);
    s.coins = RANDOM_2016;
    return s;
}

/* RSA's padding is the library's own. */
static bool repeats(const eb_binding *b)
{
    (void)b;
    return false;
}

/* ---- sessions ---- */

static eb_status start(const eb_binding *b, void *mem, eb_role role, const void *own, const void *const *peers,
                       const uint8_t *coins, eb_bytes info)
{
    (void)role, (void)coins;
    session *s = mem;
    *s = (session){.own = own, .peer = peers[0]};
    if (own == NULL || peers[0] == NULL)
        return EB_ERR_INVALID;
    return b->hash->digest(b->hash_ctx, s->info_hash, &info, 1);
}

static void end(const eb_binding *b, void *mem)
{
    (void)b;
    eb_wipe(mem, sizeof(session));
}

/* ---- messages ---- */

static void put_length(uint8_t *out, size_t len)
{
    for (unsigned i = 0; i < LENGTH; i++)
        out[i] = (uint8_t)(len >> (24 - 8 * i));
}

static size_t get_length(const uint8_t *in)
{
    size_t len = 0;
    for (unsigned i = 0; i < LENGTH; i++)
        len = len << 8 | in[i];
    return len;
}

static eb_status crypt(const eb_binding *b, uint8_t *out, const uint8_t *key, eb_bytes in)
{
    static const uint8_t iv[IV] = {[IV - 1] = 1};
    eb_status s = b->stream->set_key(b->stream_ctx, key);
    return s == EB_OK ? b->stream->apply(b->stream_ctx, out, iv, in) : s;
}

static eb_status tag_2016(const eb_binding *b, uint8_t *tag, const uint8_t *random, eb_bytes plaintext,
                          const party *sender, const party *recipient)
{
    static const uint8_t two = 2;
    uint8_t mac[EB_MAX_HASH];
    const eb_bytes parts[] = {plaintext, eb_range(&two, 1), eb_range(sender->identity, IDENTITY),
                              eb_range(recipient->identity, IDENTITY)};
    eb_status s = b->mac->set_key(b->mac_ctx, eb_range(random, RANDOM_2016));
    if (s == EB_OK)
        s = b->mac->compute(b->mac_ctx, mac, parts, 4);
    if (s == EB_OK)
        memcpy(tag, mac, TAG_2016);
    eb_wipe(mac, sizeof mac);
    return s;
}

/* What is signed: the hash of header, ciphertext and context. The header says where the ciphertext ends. */
static eb_status hash_message(const eb_binding *b, uint8_t *hash, const session *s, eb_bytes header, eb_bytes ct,
                              eb_bytes aad)
{
    const eb_bytes parts[] = {header, ct, eb_range(s->info_hash, EB_DIGEST), aad};
    return b->hash->digest(b->hash_ctx, hash, parts, 4);
}

static eb_status begin_with(const eb_binding *b, pending *p, const session *s, size_t plaintext_len, uint8_t *secret,
                            eb_buf *header, bool *fresh)
{
    const size_t len = header_len(b);
    if (header->cap < len || plaintext_len > UINT32_MAX - EB_MAX_PKE_CT)
        return EB_ERR_SPACE;
    p->header[0] = VERSION;
    put_length(p->header + 1, b->pke->ct_len + plaintext_len);
    eb_status st = b->pke->encrypt(b->pke_ctx, p->header + FRAME, rsa_of(s->peer), eb_range(p->key, KEY));
    if (st != EB_OK)
        return st;
    p->header_len = len;
    memcpy(header->ptr, p->header, len);
    header->len = len;
    memcpy(secret, p->key, KEY);
    *fresh = true;
    return EB_OK;
}

static eb_status begin(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                       eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)seq;
    pending *p = pend;
    memcpy(p->key, coins, KEY);
    return begin_with(b, p, mem, plaintext.len, secret, header, fresh);
}

static eb_status begin_2016(const eb_binding *b, void *mem, void *pend, uint64_t seq, const uint8_t *coins,
                            eb_bytes plaintext, uint8_t *secret, eb_buf *header, bool *fresh)
{
    (void)seq;
    const session *s = mem;
    pending *p = pend;
    memcpy(p->key, coins, RANDOM_2016);
    eb_status st = tag_2016(b, p->key + RANDOM_2016, coins, plaintext, s->own, s->peer);
    return st == EB_OK ? begin_with(b, p, s, plaintext.len, secret, header, fresh) : st;
}

static eb_status finish(const eb_binding *b, void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes plaintext,
                        eb_buf *body)
{
    (void)seq;
    const session *s = mem;
    pending *p = pend;
    uint8_t hash[EB_DIGEST];
    body->len = 0;
    if (body->cap < trailer_len(b) || body->cap - trailer_len(b) < plaintext.len)
        return EB_ERR_SPACE;
    uint8_t *trailer = body->ptr + plaintext.len;
    eb_status st = crypt(b, body->ptr, p->key, plaintext);
    if (st == EB_OK)
        st = hash_message(b, hash, s, eb_range(p->header, p->header_len), eb_range(body->ptr, plaintext.len), aad);
    if (st == EB_OK)
        st = b->sig->sign(b->sig_ctx, trailer + 1, ecdsa_of(b, s->own), eb_range(hash, sizeof hash));
    if (st == EB_OK) {
        trailer[0] = (uint8_t)b->sig->sig_len;
        body->len = plaintext.len + trailer_len(b);
    }
    eb_wipe(p, sizeof *p);
    return st;
}

static eb_status split(const eb_binding *b, uint64_t seq, eb_bytes wire, size_t *len, bool *fresh)
{
    (void)seq;
    if (wire.len < header_len(b) + trailer_len(b))
        return EB_ERR_INVALID;
    *len = header_len(b);
    *fresh = true;
    return EB_OK;
}

static eb_status find_key(const eb_binding *b, uint8_t *key, const session *s, const uint8_t *header)
{
    uint8_t message[EB_MAX_PKE_CT];
    eb_buf out = {.ptr = message, .cap = sizeof message};
    eb_status st = b->pke->decrypt(b->pke_ctx, &out, header + FRAME, rsa_of(s->own));
    if (st == EB_OK && out.len != KEY)
        st = EB_ERR_AUTH;
    if (st == EB_OK)
        memcpy(key, message, KEY);
    eb_wipe(message, sizeof message);
    return st;
}

/* The AES key is not looked for before the signature has been verified, unless the caller asks for it. */
static eb_status peek(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes header, uint8_t *secret)
{
    (void)seq;
    pending *p = pend;
    if (header.len != header_len(b) || header.ptr[0] != VERSION)
        return EB_ERR_INVALID;
    memcpy(p->header, header.ptr, header.len);
    p->header_len = header.len;
    return secret != NULL ? find_key(b, secret, mem, p->header) : EB_OK;
}

/* Takes a body apart. */
static eb_status parse_body(const eb_binding *b, eb_bytes *ct, const uint8_t **sig, const uint8_t *header,
                            eb_bytes body)
{
    if (body.len < trailer_len(b))
        return EB_ERR_INVALID;
    *ct = eb_range(body.ptr, body.len - trailer_len(b));
    *sig = body.ptr + ct->len + 1;
    return body.ptr[ct->len] == b->sig->sig_len && get_length(header + 1) == b->pke->ct_len + ct->len ? EB_OK
                                                                                                      : EB_ERR_INVALID;
}

static eb_status verify(const eb_binding *b, const session *s, const pending *p, eb_bytes ct, const uint8_t *sig,
                        eb_bytes aad)
{
    uint8_t hash[EB_DIGEST];
    eb_status st = hash_message(b, hash, s, eb_range(p->header, p->header_len), ct, aad);
    return st == EB_OK ? b->sig->verify(b->sig_ctx, sig, ecdsa_of(b, s->peer), eb_range(hash, sizeof hash)) : st;
}

static eb_status open_2015(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                           eb_buf *plaintext)
{
    (void)seq;
    const session *s = mem;
    pending *p = pend;
    eb_bytes ct;
    const uint8_t *sig;
    plaintext->len = 0;
    eb_status st = parse_body(b, &ct, &sig, p->header, body);
    if (st != EB_OK)
        return st;
    if (plaintext->cap < ct.len)
        return EB_ERR_SPACE;
    st = verify(b, s, p, ct, sig, aad);
    if (st == EB_OK)
        st = find_key(b, p->key, s, p->header);
    if (st == EB_OK)
        st = crypt(b, plaintext->ptr, p->key, ct);
    plaintext->len = st == EB_OK ? ct.len : 0;
    return st;
}

static eb_status open_2016(const eb_binding *b, const void *mem, void *pend, uint64_t seq, eb_bytes aad, eb_bytes body,
                           eb_buf *plaintext)
{
    const session *s = mem;
    const pending *p = pend;
    uint8_t tag[TAG_2016];
    eb_status st = open_2015(b, mem, pend, seq, aad, body, plaintext);
    if (st != EB_OK)
        return st;
    st = tag_2016(b, tag, p->key, eb_view(plaintext), s->peer, s->own);
    if (st == EB_OK && !eb_equal(tag, p->key + RANDOM_2016, TAG_2016))
        st = EB_ERR_AUTH;
    if (st != EB_OK && plaintext->len > 0)
        eb_wipe(plaintext->ptr, plaintext->len);
    if (st != EB_OK)
        plaintext->len = 0;
    return st;
}

static eb_status commit(const eb_binding *b, void *mem, void *pend)
{
    (void)b, (void)mem;
    eb_wipe(pend, sizeof(pending));
    return EB_OK;
}

static void abort_message(const eb_binding *b, void *pend)
{
    (void)b;
    eb_wipe(pend, sizeof(pending));
}

/* With the AES key alone nothing tells a forged body from an honest one: the signature needs the sender's public key, and the
   form of 2016 those of both ends. */
static eb_status recover(const eb_binding *b, const uint8_t *secret, uint64_t seq, eb_bytes header, eb_bytes aad,
                         eb_bytes body, eb_buf *plaintext)
{
    (void)seq, (void)aad;
    eb_bytes ct;
    const uint8_t *sig;
    plaintext->len = 0;
    if (header.len != header_len(b) || header.ptr[0] != VERSION)
        return EB_ERR_INVALID;
    eb_status st = parse_body(b, &ct, &sig, header.ptr, body);
    if (st != EB_OK)
        return st;
    if (plaintext->cap < ct.len)
        return EB_ERR_SPACE;
    st = crypt(b, plaintext->ptr, secret, ct);
    plaintext->len = st == EB_OK ? ct.len : 0;
    return st;
}

static const char *const suites[] = {"imessage", NULL};

extern const eb_transport eb_transport_imessage_2015, eb_transport_imessage_2016;

const eb_transport eb_transport_imessage_2015 = {
    .abi = EB_ABI,
    .id = "imessage-2015",
    .spec = "Garman et al., USENIX Security 2016, s. 3; iOS Security Guide (iOS 9.0)",
    .note = "no authenticated encryption: whoever signs in the sender's place (the directory's operator) changes "
            "plaintexts bit "
            "by bit; RSA-1280 keys are fixtures, one of sixteen; differs from the deployed one in lengths, hash and "
            "what RSA "
            "holds; who has the message secret alone cannot tell a forged body",
    .suites = suites,
    .needs = EB_NEED(EB_PKE) | EB_NEED(EB_STREAM) | EB_NEED(EB_SIG) | EB_NEED(EB_MAC) | EB_NEED(EB_HASH),
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .lacks = EB_LACKS_PROOF,
    .fixtures = true,
    .repeats = repeats,
    .sizes = sizes,
    .keygen = keygen,
    .load_own = load_own,
    .load_peer = load_peer,
    .drop_own = drop,
    .drop_peer = drop,
    .start = start,
    .end = end,
    .begin = begin,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open_2015,
    .commit = commit,
    .abort = abort_message,
    .recover = recover,
};

const eb_transport eb_transport_imessage_2016 = {
    .abi = EB_ABI,
    .id = "imessage-2016",
    .spec = "iOS Security Guide (iOS 9.3 and later); M. Bellare, I. Stepanovs, EUROCRYPT 2020",
    .note =
        "the AES key has 88 random bits, and 40 that bind plaintext, sender and recipient; RSA-1280 keys are fixtures, "
        "one of "
        "sixteen; differs from the deployed one in lengths, hash and what RSA holds; who has the message secret alone "
        "cannot tell a forged body",
    .suites = suites,
    .needs = EB_NEED(EB_PKE) | EB_NEED(EB_STREAM) | EB_NEED(EB_SIG) | EB_NEED(EB_MAC) | EB_NEED(EB_HASH),
    .accepts = EB_KIND_NONE | EB_KIND_WRAP | EB_KIND_DEPOSIT | EB_KIND_DEVICE | EB_KIND_STORAGE,
    .lacks = EB_LACKS_PROOF,
    .fixtures = true,
    .repeats = repeats,
    .sizes = sizes_2016,
    .keygen = keygen,
    .load_own = load_own,
    .load_peer = load_peer,
    .drop_own = drop,
    .drop_peer = drop,
    .start = start,
    .end = end,
    .begin = begin_2016,
    .finish = finish,
    .split = split,
    .peek = peek,
    .open = open_2016,
    .commit = commit,
    .abort = abort_message,
    .recover = recover,
};
