package dev.hadal.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class SpinningTeamPropertyTest {
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void everyMemberRunsEveryBodyOnce(int size) {
    int[] counts = new int[size * 16];
    try (SpinningTeam team = new SpinningTeam(size)) {
      assertThat(team.size()).isEqualTo(size);
      int runs = 20_000 / size;
      for (int i = 0; i < runs; i++) {
        team.run(member -> counts[member * 16]++);
      }
      int[] expected = new int[size * 16];
      for (int member = 0; member < size; member++) {
        expected[member * 16] = runs;
      }
      assertThat(counts).isEqualTo(expected);
    }
  }

  @Test
  void runsFollowPausesOfAnyLength() throws InterruptedException {
    long seed = new Random().nextLong();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    int[] order = new int[3];
    try (SpinningTeam team = new SpinningTeam(3)) {
      for (int i = 1; i <= 300; i++) {
        int round = i;
        int late = random.nextInt(6);
        team.run(
            member -> {
              if (member == late) {
                pause(random.nextInt(3));
              }
              order[member] = round;
            });
        assertThat(order).containsOnly(round);
        if (random.nextInt(3) == 0) {
          Thread.sleep(random.nextInt(3));
        }
      }
    }
  }

  private static void pause(int millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException(interrupted);
    }
  }

  @Test
  void throwsTheFirstFailureByMemberNumberAndGoesOn() {
    try (SpinningTeam team = new SpinningTeam(3)) {
      for (int failing = 0; failing < 8; failing++) {
        int mask = failing;
        boolean[] ran = new boolean[3];
        ThreadTeam.Body body =
            member -> {
              ran[member] = true;
              if (((mask >> member) & 1) != 0) {
                if (member == 1) {
                  throw new AssertionError("member 1");
                }
                throw new IllegalArgumentException("member " + member);
              }
            };
        if (mask == 0) {
          team.run(body);
        } else {
          assertThatThrownBy(() -> team.run(body))
              .hasMessage("member " + Integer.numberOfTrailingZeros(mask));
        }
        assertThat(ran).containsOnly(true);
      }
    }
  }

  @Test
  void isNotReentrantAndNotUsableAfterItsEnd() {
    SpinningTeam team = new SpinningTeam(2);
    for (int inside = 0; inside < 2; inside++) {
      int asking = inside;
      assertThatThrownBy(
              () ->
                  team.run(
                      member -> {
                        if (member == asking) {
                          team.run(_ -> {});
                        }
                      }))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("team: a run was started inside or beside another run");
    }
    assertThatThrownBy(() -> team.run(_ -> team.close())).isInstanceOf(IllegalStateException.class);
    team.run(_ -> {});
    team.close();
    team.close();
    assertThatThrownBy(() -> team.run(_ -> {})).hasMessage("team: closed");
    assertThatThrownBy(() -> new SpinningTeam(0)).hasMessageContaining("at least 1");
  }

  @Test
  void idleMembersAreParkedAndAnEndedTeamLeavesNoThread() throws InterruptedException {
    Thread[] members = new Thread[4];
    try (SpinningTeam team = new SpinningTeam(4)) {
      team.run(member -> members[member] = Thread.currentThread());
      assertThat(members[0]).isSameAs(Thread.currentThread());
      Thread.sleep(200);
      for (int look = 0; look < 20; look++) {
        for (int member = 1; member < 4; member++) {
          assertThat(members[member].getState()).isEqualTo(Thread.State.WAITING);
          assertThat(LockSupport.getBlocker(members[member])).isSameAs(team);
        }
        Thread.sleep(5);
      }
      team.run(member -> assertThat(Thread.currentThread()).isSameAs(members[member]));
    }
    for (int member = 1; member < 4; member++) {
      assertThat(members[member].isAlive()).isFalse();
      assertThat(members[member].isDaemon()).isTrue();
    }
  }

  @Test
  void anInterruptedCallerStillWaitsForAll() {
    int[] done = new int[2];
    try (SpinningTeam team = new SpinningTeam(2)) {
      Thread.currentThread().interrupt();
      team.run(
          member -> {
            if (member == 1) {
              pause(20);
            }
            done[member]++;
          });
      assertThat(done).containsExactly(1, 1);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
