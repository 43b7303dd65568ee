package dev.hadal.serve;

import dev.hadal.format.Json;
import dev.hadal.format.JsonLimits;
import dev.hadal.format.JsonObject;
import dev.hadal.generate.ModelFolder;
import dev.hadal.kernels.Arithmetic;
import dev.hadal.kernels.Kernels;
import dev.hadal.kernels.ReferenceKernels;
import dev.hadal.model.InferenceMode;
import dev.hadal.model.ModelConfig;
import dev.hadal.model.Parameters;
import dev.hadal.tensor.DType;
import dev.hadal.text.BpeTrainer;
import dev.hadal.text.SpecialTokens;
import dev.hadal.text.Tokenizer;
import dev.hadal.text.TokenizerJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A server of a small random model. */
final class TestServer implements AutoCloseable {
  static final String NAME = "tiny";
  static final int CONTEXT = 400;

  /** Deadlines for tests that wait for them. */
  static final Limits.Deadlines SHORT =
      new Limits.Deadlines(
          Duration.ofSeconds(2),
          Duration.ofMillis(700),
          Duration.ofMillis(700),
          Duration.ofSeconds(30),
          Duration.ofMillis(300),
          Duration.ofSeconds(10));

  final Kernels kernels = new ReferenceKernels(Arithmetic.FP32);
  final Path folder;
  final ModelFolder model;
  final CompletionServer server;
  final HttpClient client = HttpClient.newHttpClient();

  private TestServer(ServeOptions options, Limits limits, boolean middle) {
    try {
      folder = Files.createTempDirectory("hadal-serve");
      model = model(folder, kernels, middle);
      server = CompletionServer.start(model, options, limits);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static ServeOptions options(int sequences, int queue) {
    return new ServeOptions("127.0.0.1", 0, NAME, sequences, queue, CONTEXT, 1 << 24);
  }

  static TestServer start() {
    return start(options(8, 64), Limits.STANDARD);
  }

  static TestServer start(ServeOptions options, Limits limits) {
    return new TestServer(options, limits, true);
  }

  static TestServer withoutMiddle() {
    return new TestServer(options(8, 64), Limits.STANDARD, false);
  }

  static ModelFolder model(Path folder, Kernels kernels, boolean middle) throws IOException {
    Path target = folder.resolve("model");
    SpecialTokens special = SpecialTokens.deepSeekV3();
    List<String> added = new ArrayList<>(List.of(special.bos(), special.eos()));
    if (middle) {
      added.addAll(List.of(special.fimHole(), special.fimBegin(), special.fimEnd()));
    }
    Tokenizer tokenizer =
        BpeTrainer.ofSize(280)
            .withSpecialTokens(added)
            .withThreads(1)
            .train(List.of("the cat sat on the mat, the rat ate the hat"));
    ModelConfig config = config(tokenizer.size());
    try (Parameters parameters = Parameters.allocate(config, DType.F32)) {
      parameters.initialize(1, 0.4);
      parameters.export(target, Parameters.ExportType.BF16);
    }
    TokenizerJson.write(tokenizer, target.resolve("tokenizer.json"));
    // No stop token: continuations are as long as they are asked to be.
    String text = Files.readString(target.resolve("config.json"));
    Files.writeString(
        target.resolve("config.json"),
        text.replaceFirst("\"eos_token_id\": *1", "\"eos_token_id\": []"));
    Files.deleteIfExists(target.resolve("generation_config.json"));
    return ModelFolder.open(target, kernels, InferenceMode.BF16);
  }

  private static ModelConfig config(int vocabulary) {
    return ModelConfig.fromJson(
        Json.parseObject(
            "config.json",
            """
            {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3",
             "vocab_size": %d, "hidden_size": 16, "intermediate_size": 20,
             "moe_intermediate_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
             "n_shared_experts": 1, "n_routed_experts": 4, "num_experts_per_tok": 2,
             "first_k_dense_replace": 1, "n_group": 2, "topk_group": 1,
             "scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": true,
             "routed_scaling_factor": 1.5, "q_lora_rank": 8, "kv_lora_rank": 8,
             "qk_nope_head_dim": 4, "qk_rope_head_dim": 4, "v_head_dim": 4,
             "rms_norm_eps": 1e-6, "max_position_embeddings": 4000, "rope_theta": 10000,
             "num_nextn_predict_layers": 1, "bos_token_id": 0, "eos_token_id": 1}"""
                .formatted(vocabulary)),
        "config.json");
  }

  URI uri(String path) {
    return URI.create(server.address() + path);
  }

  HttpRequest.Builder post(String body) {
    return HttpRequest.newBuilder(uri("/v1/completions"))
        .timeout(Duration.ofSeconds(60))
        .header("Content-Type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body));
  }

  HttpResponse<String> send(HttpRequest request) {
    try {
      return client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  HttpResponse<String> get(String path) {
    return send(HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(30)).build());
  }

  /** The answer of a request that must succeed. */
  JsonObject complete(String body) {
    HttpResponse<String> response = send(post(body).build());
    if (response.statusCode() != 200) {
      throw new AssertionError(response.statusCode() + " " + response.body());
    }
    return parse(response.body());
  }

  static JsonObject parse(String text) {
    return (JsonObject) Json.parse("answer", text, JsonLimits.FILE);
  }

  /** The text of the first choice. */
  String text(String body) {
    return complete(body).getArray("choices").getObject(0).getString("text");
  }

  /** The objects of a stream; the text must end with the mark. */
  static List<JsonObject> events(String body) {
    List<JsonObject> events = new ArrayList<>();
    List<String> parts = List.of(body.split("\n\n"));
    for (String part : parts) {
      if (part.startsWith(":")) {
        continue;
      }
      if (!part.startsWith("data: ")) {
        throw new AssertionError("not an event: " + part);
      }
      if (!part.equals("data: [DONE]")) {
        events.add(parse(part.substring(6)));
      }
    }
    return events;
  }

  /** Waits until nothing is left to do, and says how things ended. */
  Ledger idle() throws InterruptedException {
    for (int i = 0; i < 600; i++) {
      Ledger ledger = server.ledger();
      if (!ledger.balanced()) {
        throw new AssertionError("lost or doubled: " + ledger);
      }
      if (ledger.idle() && server.engine().pagesFree()) {
        return ledger;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("not idle: " + server.ledger());
  }

  @Override
  public void close() {
    client.close();
    server.close();
    model.close();
    kernels.close();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
