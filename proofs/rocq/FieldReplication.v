(** Checkers over an exact arithmetic of the factors for which a replication keeps directional
    stationarity and local minimality, and their soundness. *)
From Coq Require Import Reals Lra Lia List Bool.
From Exactland Require Import Definitions Sums Expansion LocalMinimum Claims LandscapeClaims
  Replication Arithmetic FieldChecks FieldSoundness.
Import ListNotations.

Section Checkers.
Context {L : Type} (A : arithmetic L) (S : setting_over L) (P : parameters_over L).
Variables (classes : list (nat * L)) (i : nat) (set : gammas) (v : list L).
Notation d := (size_d S). Notation N := (length (data_x S)). Notation J := (output_dimension S).

Definition derivative_vanishes (f : derivative (carrier A)) : bool :=
  all d (fun a => is_zero (linear_part f a)) && all N (fun q => is_zero (kink f q)).
Definition direction_given (z : point A) : bool :=
  Nat.eqb (length v) d && sides_decided A S z i (entry_of A v).
Definition check_field_replication_stationary_set (trees : list (field_tree L)) : bool :=
  with_point A S P (fun z => Nat.ltb i (length (par_w P)) && stationary_point A S P z classes trees
    && match set with
       | every_gamma => derivative_vanishes (derivative_of A S z classes i (z_h A z i))
       | nonnegative_gammas => direction_given z
           && is_positive (derivative_at A S z i (z_h A z i) (entry_of A v))
       | _ => false
       end).
(** psi_i = 0, or psi_ij(v) is not 0 for some j. *)
Definition check_field_replication_minimum_set (radius : L) (R0 : region_over L)
    (trees : list (option (list (field_tree L) * list (field_tree L)))) : bool :=
  with_point A S P (fun z => Nat.ltb i (length (par_w P))
    && minimum_in_region A S P z classes radius R0 trees
    && match set with
       | every_gamma => derivatives_vanish A S z classes i
       | positive_gammas => direction_given z
           && some J (fun j => is_nonzero (derivative_at A S z i (unit_entry j) (entry_of A v)))
       | _ => false
       end).
Definition check_field_replication_no_minimum (trees : list (field_tree L)) : bool :=
  check_field_escape_neuron A S P classes i v trees.
End Checkers.

Local Open Scope R_scope.
Section Theorems.
Context {L : Type} {meaning : numbers L} {A : arithmetic L} {value : carrier A -> R}.
Hypothesis Hs : sound A value.
Variables (S : setting_over L) (P : parameters_over L).
Notation z := (prepared A S P).

Theorem check_field_replication_stationary_set_sound classes i set v trees :
  check_field_replication_stationary_set A S P classes i set v trees = true ->
  is_replication_stationary_set S P i set.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H Hset].
  apply andb_prop in H as [Hi Hst]. apply Nat.ltb_lt in Hi. assert (B := Hst).
  unfold stationary_point in B. repeat rewrite andb_true_iff in B. destruct B as [[[Hc _] _] _].
  apply (stationary_point_sound Hs S P Hok classes Hc) in Hst.
  assert (Hphi : forall u, inner (problem_of S) (fun j => value (z_h A z i j)) (psi (problem_of S) (network_of S P) i u)
                           = phi (problem_of S) (network_of S P) i u).
  { intros u. apply inner_ext. intros j Hj. now apply (h_value Hs). }
  split; [exact Hi|]. split; [exact Hst|]. intros n beta gamma Hf. destruct set; try discriminate.
  - split; [intros _; exact I|]. intros _. apply replicated_stationary_every; auto.
    intros u. rewrite <- Hphi, <- (derivative_value Hs S P Hok classes Hc i _ u Hi). unfold eval.
    apply andb_prop in Hset as [B1 B2]. rewrite !sum_zero; [ring| |].
    + intros q Hq. rewrite (zero_sound Hs _ (all_spec _ _ B2 q Hq)). ring.
    + intros a Ha. rewrite (zero_sound Hs _ (all_spec _ _ B1 a Ha)). ring.
  - apply andb_prop in Hset as [Hd Hset]. apply andb_prop in Hd as [_ Hd].
    apply (positive_sound Hs) in Hset.
    rewrite (derivative_at_value Hs S P Hok), Hphi in Hset by auto.
    now apply (replicated_stationary_nonnegative _ (network_of S P) i n beta gamma Hi Hf _ Hst Hset).
Qed.

Theorem check_field_replication_minimum_set_sound classes i set v radius R0 trees :
  check_field_replication_minimum_set A S P classes i set v radius R0 trees = true ->
  is_replication_minimum_set S P i set.
Proof.
  intros H. apply andb_prop in H as [Hok H]. apply andb_prop in H as [H Hset].
  apply andb_prop in H as [Hi Hl]. apply Nat.ltb_lt in Hi. assert (B := Hl).
  unfold minimum_in_region in B. cbv zeta in B. repeat rewrite andb_true_iff in B.
  destruct B as [[[[[[Hc _] _] _] _] _] _].
  destruct (region_neurons Hs S P Hok classes Hc radius R0 trees Hl) as (Hb & _ & Hn).
  assert (Hsafe : all_safe (problem_of S) (network_of S P)).
  { intros i' Hi'. destruct (Hn i' Hi') as (_ & _ & Hd & B).
    destruct (spreads R0 i') as [delta|]; [right; exists delta; tauto | now left]. }
  assert (Hsp := proj1 (proj2 (form Hs S P Hok))).
  split; [exact Hi|]. split.
  { intros _. now apply (minimum_in_region_sound Hs S P Hok classes Hc) in Hl as [Hl _]. }
  intros n beta gamma Hf. destruct set; try discriminate.
  - split; [intros _; exact I|]. intros _. apply replicated_minimum_every; auto.
    intros u j Hj. now apply (derivatives_vanish_sound Hs S P Hok classes Hc).
  - apply andb_prop in Hset as [Hd Hset]. apply andb_prop in Hd as [_ Hd].
    apply some_spec in Hset as (j & Hj & Hset). apply (nonzero_sound Hs) in Hset.
    rewrite (derivative_at_value Hs S P Hok) in Hset by auto.
    rewrite (inner_ext _ _ (unit_vector j)), inner_unit in Hset by
      first [exact Hj | intros; apply (value_unit_entry Hs)].
    now apply (replicated_minimum_positive _ Hsp (network_of S P) i n beta gamma Hi Hf _ j Hb Hsafe Hj Hset).
Qed.

Theorem check_field_replication_no_minimum_sound classes i v trees :
  check_field_replication_no_minimum A S P classes i v trees = true ->
  is_replication_minimum_set S P i no_gamma.
Proof.
  intros H. apply (check_field_escape_neuron_sound Hs) in H as (_ & Hi & u & Hz & j & Hj & Hne).
  split; [exact Hi|]. split; [congruence|]. intros n beta gamma Hf. split; [|intros []].
  apply (replicated_escape _ (network_of S P) i n beta gamma Hi Hf u j); auto.
Qed.
End Theorems.
