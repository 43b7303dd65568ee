package dev.hadal.text;

import dev.hadal.template.Quoted;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads one tokenizer.json. */
final class TokenizerJsonReader {
  private static final int LONGEST_PAIR = 2;

  private final String file;
  private final JsonCursor json;
  private final List<String> spellings = new ArrayList<>();
  private final IntList ids = new IntList(64);
  private final List<BpeVocabulary.Merge> merges = new ArrayList<>();
  private final List<AddedToken> addedTokens = new ArrayList<>();
  private @Nullable PreTokenizer preTokenizer;
  private EncodingRule rule = EncodingRule.MERGES;
  private boolean model;
  private boolean decoder;

  private TokenizerJsonReader(String file, JsonCursor json) {
    this.file = file;
    this.json = json;
  }

  static Tokenizer read(String file, byte[] utf8) {
    @Nullable Tokenizer[] result = new Tokenizer[1];
    JsonCursor.read(file, utf8, json -> result[0] = new TokenizerJsonReader(file, json).read());
    if (result[0] == null) {
      throw new TextException(file + ": expected a tokenizer, found nothing");
    }
    return result[0];
  }

  private Tokenizer read() {
    json.object(this::member);
    if (preTokenizer == null || !model || !decoder) {
      throw new TextException(
          file + ": expected the fields model, pre_tokenizer and decoder, found not all of them");
    }
    BpeVocabulary vocabulary = new BpeVocabulary(tokens(), merges);
    try {
      return new Tokenizer(preTokenizer, vocabulary, addedTokens, rule);
    } catch (TextException e) {
      throw new TextException(file + ": " + e.getMessage(), e);
    }
  }

  private void member(String name) {
    switch (name) {
      case "added_tokens" -> json.array(this::addedToken);
      case "model" -> model();
      case "pre_tokenizer" -> preTokenizer = new PreTokenizerReader(json).preTokenizer();
      case "normalizer" -> new PreTokenizerReader(json).normalizer();
      case "post_processor" -> new PreTokenizerReader(json).postProcessor();
      case "decoder" -> {
        new PreTokenizerReader(json).decoder();
        decoder = true;
      }
      case "version" -> version();
      // Cutting and filling up are the caller's business here and never happen unasked.
      case "truncation", "padding" -> json.skip();
      default -> throw json.error("the field is not known here");
    }
  }

  private void version() {
    if (!json.string().equals("1.0")) {
      throw json.expected("version 1.0");
    }
  }

  private void model() {
    model = true;
    json.object(
        name -> {
          switch (name) {
            case "type" -> type();
            case "vocab" -> json.object(this::token);
            case "merges" -> json.array(() -> merges.add(json.isArray() ? pair() : line()));
            case "ignore_merges" ->
                rule = json.truth() ? EncodingRule.WHOLE_PIECES_FIRST : EncodingRule.MERGES;
            case "dropout" -> requireNull();
            case "continuing_subword_prefix", "end_of_word_suffix" -> requireEmpty();
            // Both concern characters without a token; here every byte must have one.
            case "unk_token", "fuse_unk", "byte_fallback" -> json.skip();
            default -> throw json.error("the field is not known here");
          }
        });
  }

  private void type() {
    if (!json.string().equals("BPE")) {
      throw json.expected("BPE");
    }
  }

  private void requireNull() {
    if (!json.isNull()) {
      throw json.expected("null");
    }
  }

  private void requireEmpty() {
    if (!json.isNull() && !json.string().isEmpty()) {
      throw json.expected("null or an empty string");
    }
  }

  private void token(String spelling) {
    spellings.add(spelling);
    ids.add(json.id());
  }

  private BpeVocabulary.Merge line() {
    String line = json.string();
    int blank = line.indexOf(' ');
    if (blank < 0 || line.indexOf(' ', blank + 1) >= 0) {
      throw json.expected("two tokens with one blank between them");
    }
    return new BpeVocabulary.Merge(line.substring(0, blank), line.substring(blank + 1));
  }

  private BpeVocabulary.Merge pair() {
    List<String> parts = new ArrayList<>(LONGEST_PAIR);
    json.array(
        () -> {
          if (parts.size() == LONGEST_PAIR) {
            throw json.error("expected two tokens, found more");
          }
          parts.add(json.string());
        });
    if (parts.size() < LONGEST_PAIR) {
      throw json.error("expected two tokens, found " + parts.size());
    }
    return new BpeVocabulary.Merge(parts.get(0), parts.get(1));
  }

  private List<String> tokens() {
    @Nullable String[] tokens = new String[spellings.size()];
    for (int i = 0; i < tokens.length; i++) {
      int id = ids.get(i);
      if (id >= tokens.length || tokens[id] != null) {
        throw new TextException(
            "%s: model.vocab: expected the ids 0 to %d, each once, found %d for %s"
                .formatted(file, tokens.length - 1, id, Quoted.text(spellings.get(i))));
      }
      tokens[id] = spellings.get(i);
    }
    return Arrays.asList(tokens);
  }

  private void addedToken() {
    AddedTokenFields fields = new AddedTokenFields();
    json.object(
        name -> {
          switch (name) {
            case "id" -> fields.id = json.id();
            case "content" -> fields.content = json.string();
            case "single_word" -> fields.singleWord = json.truth();
            case "lstrip" -> fields.lstrip = json.truth();
            case "rstrip" -> fields.rstrip = json.truth();
            case "normalized" -> fields.normalized = json.truth();
            case "special" -> fields.special = json.truth();
            default -> throw json.error("the field is not known here");
          }
        });
    try {
      addedTokens.add(fields.token());
    } catch (TextException e) {
      throw json.error(e.getMessage());
    }
  }

  /** An added token while its fields come; what is not said is false, but {@code normalized}. */
  private static final class AddedTokenFields {
    private int id = -1;
    private String content = "";
    private boolean singleWord;
    private boolean lstrip;
    private boolean rstrip;
    private boolean normalized = true;
    private boolean special;

    AddedToken token() {
      return new AddedToken(id, content, singleWord, lstrip, rstrip, normalized, special);
    }
  }
}
